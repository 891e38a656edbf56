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

/** Something that stands between callers and the upstreams. */
export interface Contender {
  readonly name: string;
  readonly description: string;
  /** Folder with packages of its own, which are installed where they are missing. */
  readonly packages?: string;
  readonly start: (place: Place) => StartCommand;
  /** The request of a scenario, null where the contender does not take part in it. */
  readonly request: (scenario: Scenario) => RequestTemplate | null;
}
