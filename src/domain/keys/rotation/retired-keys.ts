/** What was seen of the keys that are stored for an issuer. */
export interface KeysSeen {
  /** Names the issuer, and where its keys are stored. Not secret. */
  readonly at: string;
  /** Thumbprints of the stored keys that the issuer no longer publishes. */
  readonly gone: readonly string[];
  /** Thumbprints of the keys that it publishes. What was remembered of them is forgotten. */
  readonly published: readonly string[];
}

/** Remembers since when issuers no longer publish keys. */
export interface RetiredKeys {
  /**
   * @returns for how long each of the first 100 gone keys has been seen gone, in seconds, by thumbprint: 0 the
   * first time. Null if that is not known at the moment
   */
  readonly see: (seen: KeysSeen) => Promise<ReadonlyMap<string, number> | null>;
}
