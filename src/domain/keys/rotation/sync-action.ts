/** What a sync did or, in a dry run, would do. */
export const SYNC_ACTIONS = {
  UPDATED: 'The stored keys differed and were written. Never in a dry run.',
  WOULD_UPDATE:
    'The stored keys differ; without `dryRun` they would be written. Only in a dry run.',
  UNCHANGED: 'The stored keys are already as they should be; nothing was written.',
} as const;
export type SyncAction = keyof typeof SYNC_ACTIONS;
