import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { RunningEmulator, StartEmulator } from '../../src/transport/emulator/emulator.ts';
import { startGateway } from './gateway.ts';

/*
 * What the model tests share: a gateway over an emulator that is asked one field at a time, and what is always true of
 * its responses, whatever the model says.
 */

/** What a field gave: a member of its result union. */
export type ResultMember = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** What a model expects: this object, or one of these errors as `brief` says them, where several would be right. */
export type Outcome<Stored> = { readonly stored: Stored } | { readonly refused: readonly string[] };

export interface Bench {
  readonly emulator: RunningEmulator;
  /** Sends a document whose one field is called `result`. */
  readonly ask: (document: string, variables?: object) => Promise<ResultMember>;
  /** Requests of the last `ask` that could have changed something. */
  readonly writes: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts an emulator and a gateway over it. */
export async function startBench(startEmulator: StartEmulator): Promise<Bench> {
  const emulator = await startEmulator();
  const gateway = await startGateway({ ...emulator.environment });
  let writes: readonly string[] = [];
  return {
    emulator,
    writes: () => writes,
    async ask(document, variables = {}) {
      const last = emulator.requests.at(-1);
      const { status, data, errors } = await gateway.post(document, variables, {
        ...emulator.exampleHeaders,
      });
      expect({ status, errors }).toEqual({ status: 200, errors: undefined });
      // The latest thousand are kept, so that they cannot be told by their number.
      const received = emulator.requests.slice(
        last === undefined ? 0 : emulator.requests.lastIndexOf(last) + 1,
      );
      writes = received
        .filter(({ method }) => method !== 'GET')
        .map(({ method, target }) => `${method} ${target}`);
      gateway.logs.length = 0;
      const result = data?.['result'] as ResultMember;
      if (document.startsWith('query') || promisesNothingWritten(result))
        expect(writes).toEqual([]);
      return result;
    },
    async stop() {
      await gateway.stop();
      await emulator.close();
    },
  };
}

function promisesNothingWritten(result: ResultMember): boolean {
  return (
    result.__typename === 'OidcStaleError' ||
    issuesOf(result).some(({ source }) => source === 'GATEWAY')
  );
}

function issuesOf({ issues = [] }: ResultMember) {
  return issues as readonly { readonly path: readonly string[]; readonly source: string }[];
}

/** What to select of every error, for `brief`. */
const REFUSED =
  '... on OidcError { code message ... on OidcNotFoundError { resource id } ... on OidcAlreadyExistsError { resource id } ' +
  '... on OidcInvalidInputError { issues { path code source } } ... on OidcStaleError { currentFingerprint } }';

/** A document with one field, by whose members `brief` knows every error. */
export function document(
  operation: `${'query' | 'mutation'}${string}`,
  field: string,
  success: string,
): string {
  return `${operation} { result: ${field} { __typename ${REFUSED} ${success} } }`;
}

/** A member in a few words: of an error, what it is about. */
export function brief(result: ResultMember): string {
  const { __typename: member, resource, id } = result;
  const paths = issuesOf(result).map(({ path }) => path.join('.'));
  return [member, ...(resource === undefined ? [] : [resource, id]), ...named(paths)].join(' ');
}

/** How `brief` reports issues of these fields; an empty path is the input itself. */
export function invalid(paths: Iterable<string>): string {
  return ['OidcInvalidInputError', ...named(paths)].join(' ');
}

function named(paths: Iterable<string>): string[] {
  return [...new Set(paths)].sort().map((path) => (path === '' ? 'input' : path));
}

export const STALE = 'OidcStaleError';

/** What a caller says to have seen last, as a sequence of operations says it. */
export type Expectation = 'nothing' | 'null' | 'latest' | 'first' | 'other' | 'malformed';

export const expectation = fc.oneof(
  { arbitrary: fc.constant<Expectation>('nothing'), weight: 6 },
  { arbitrary: fc.constantFrom<Expectation>('latest', 'first'), weight: 8 },
  {
    arbitrary: fc.constantFrom<Expectation>('other', 'other', 'other', 'null', 'malformed'),
    weight: 3,
  },
);

const OTHER = '0'.repeat(64);
export const MALFORMED = 'F'.repeat(64);

/** What every content was shown with, in all runs of a property: one fingerprint for the same content, another one for any other. */
export class Fingerprints {
  readonly #byContent = new Map<string, string>();
  readonly #contents = new Map<string, string>();
  readonly #shown = new Map<string, string[]>();

  /** Forgets what was shown of which object: another run begins. */
  forget(): void {
    this.#shown.clear();
  }

  /** Checks a fingerprint that was shown for this content of the object `key`. */
  see(key: string, content: object, fingerprint: unknown): void {
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const [text, hash] = [JSON.stringify(content), String(fingerprint)];
    expect({
      content: this.#contents.get(hash) ?? text,
      fingerprint: this.#byContent.get(text) ?? hash,
    }).toEqual({ content: text, fingerprint: hash });
    this.#byContent.set(text, hash);
    this.#contents.set(hash, text);
    const shown = this.#shown.get(key) ?? [];
    this.#shown.set(key, [...shown, hash]);
  }

  /** The field `expectedFingerprint`, for a caller who saw this of the object `key`; empty where nothing is expected. */
  expectation(
    key: string,
    expectation: Expectation,
  ): { readonly expectedFingerprint?: string | null } {
    const shown = this.#shown.get(key) ?? [];
    switch (expectation) {
      case 'nothing':
        return {};
      case 'null':
        return { expectedFingerprint: null };
      case 'latest':
        return { expectedFingerprint: shown.at(-1) ?? OTHER };
      case 'first':
        return { expectedFingerprint: shown[0] ?? OTHER };
      case 'other':
        return { expectedFingerprint: OTHER };
      case 'malformed':
        return { expectedFingerprint: MALFORMED };
    }
  }

  /** Whether a fingerprint was shown for another content than this one. */
  isStale(fingerprint: string | null | undefined, content: object): boolean {
    return (
      typeof fingerprint === 'string' && this.#contents.get(fingerprint) !== JSON.stringify(content)
    );
  }
}

/** Whether two values are the same JSON. */
export function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}

/** A list of it, more often than none. */
export function often<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<readonly Value[]> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant([]), weight: 1 },
    { arbitrary: arbitrary.map((value) => [value]), weight: 2 },
  );
}

/** This now and then, and the usual otherwise. */
export function seldom<Value, Usual>(
  arbitrary: fc.Arbitrary<Value>,
  usual: fc.Arbitrary<Usual>,
): fc.Arbitrary<Value | Usual> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: usual, weight: 9 },
    { arbitrary, weight: 1 },
  );
}

/**
 * Takes the steps one after the other. Where one differs from the model, the error tells the steps before it with what they gave.
 * @returns the members that were given
 */
export async function replay<Step>(
  steps: readonly Step[],
  take: (step: Step) => Promise<string>,
): Promise<readonly string[]> {
  const given: string[] = [];
  for (const step of steps) {
    try {
      given.push(await take(step));
    } catch (error) {
      const before = given.map((what, index) => `${JSON.stringify(steps[index])} gave ${what}`);
      throw new Error(
        [
          `The gateway and the model differ in step ${steps.indexOf(step) + 1}:`,
          ...before,
          JSON.stringify(step),
          String(error),
        ].join('\n'),
        { cause: error },
      );
    }
  }
  return given.map((what) => what.split(' ', 1).join());
}
