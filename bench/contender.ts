import type { RequestTemplate } from './request-template.ts';
import type { Scenario } from './scenarios.ts';

/** Where a contender listens, and where it finds the upstreams. */
export interface Place {
  readonly port: number;
  /** Origin of both upstreams. */
  readonly upstream: string;
}

/** How a contender is started. */
export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A program between callers and the upstreams. */
export interface Contender {
  readonly name: string;
  readonly description: string;
  /** Folder with its own packages, which are installed if they are missing. */
  readonly packages?: string;
  /** Whether it exports traces of one request in a hundred. */
  readonly isTraced?: true;
  /** Whether it shares a Redis with the others that do. */
  readonly usesRedis?: true;
  readonly start: (place: Place) => StartCommand;
  /** The request of a scenario, null if the contender does not take part in it. */
  readonly request: (scenario: Scenario) => RequestTemplate | null;
}
