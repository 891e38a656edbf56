import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { post } from '../../setup/gateway.ts';
import { createVariables } from '../../setup/ordercloud.ts';

const CREATE = `mutation Create($input: CreateOpenIdConnectInput!) {
  createOpenIdConnect(input: $input) {
    __typename
    ... on OidcOutcomeUnknownError { reason }
  }
}`;
const LIST = `query List($after: String!) {
  openIdConnects(sort: ID_ASC, pageSize: 100, filter: { id: { after: $after } }) {
    ... on OpenIdConnectsSuccess { openIdConnects { id connectClientId } }
  }
}`;

interface Page {
  readonly openIdConnects: {
    readonly openIdConnects: readonly { readonly id: string; readonly connectClientId: string }[];
  };
}

interface Created {
  readonly createOpenIdConnect: { readonly __typename: string; readonly reason?: string };
}

/** What became of the writes, by their names. */
export interface Outcomes {
  readonly acknowledged: readonly string[];
  /** Reported as unknown, whenever they were sent again. */
  readonly unknown: readonly string[];
}

/**
 * Callers that create configurations in OrderCloud, all the time, each with an idempotency key. They send a write to the
 * next instance, and again to the one after it, until they have a result. Every second write has no id, so that nothing
 * but its key protects it from being done twice.
 */
export class Callers {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #acknowledged: string[] = [];
  readonly #unknown: string[] = [];
  #origins: readonly string[] = [];
  #running: readonly Promise<void>[] = [];
  #isStopping = false;
  #count = 0;
  #turn = 0;
  #refused = 0;
  repeats = 0;

  constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  start(count: number): void {
    this.#running = Array.from({ length: count }, () => this.#call());
  }

  /** Sends to these instances from now on, as a load balancer does. */
  use(origins: readonly string[]): void {
    this.#origins = origins;
  }

  /** Waits until each of them has got more results. */
  async progress(): Promise<void> {
    const before = this.#acknowledged.length;
    await expect.poll(() => this.#acknowledged.length).toBeGreaterThan(before + 30);
  }

  /** Waits until writes are refused because their keys cannot be remembered. */
  async isRefused(): Promise<void> {
    const before = this.#refused;
    await expect.poll(() => this.#refused).toBeGreaterThan(before);
  }

  /** Waits for the results of all writes, and begins no more. */
  async stop(): Promise<Outcomes> {
    this.#isStopping = true;
    await Promise.all(this.#running);
    return { acknowledged: this.#acknowledged, unknown: this.#unknown };
  }

  /** How often each write is stored. */
  async stored(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (let after = '-'; ;) {
      const { data } = await post(`${this.#next()}/graphql`, LIST, { after }, this.#headers);
      const { openIdConnects: page } = (data as unknown as Page).openIdConnects;
      const last = page.at(-1);
      if (last === undefined) return counts;
      after = last.id;
      for (const { connectClientId: write } of page)
        counts.set(write, (counts.get(write) ?? 0) + 1);
    }
  }

  async #call(): Promise<void> {
    while (!this.#isStopping) {
      this.#count += 1;
      const write = `write-${this.#count}`;
      const { input } = createVariables(write);
      const { id, ...rest } = input;
      const variables = {
        input: { ...rest, ...(this.#count % 2 === 0 ? { id } : {}), connectClientId: write },
      };
      await this.#write(write, variables);
      await sleep(20);
    }
  }

  async #write(write: string, variables: object): Promise<void> {
    for (;;) {
      const result = await this.#send(write, variables);
      if (result === 'CreateOpenIdConnectSuccess') {
        this.#acknowledged.push(write);
        return;
      }
      // Of an earlier request with this key: sending it again says the same.
      if (result === 'EARLIER_REQUEST') {
        this.#unknown.push(write);
        return;
      }
      if (result === 'OidcUpstreamUnavailableError') this.#refused += 1;
      this.repeats += 1;
      await sleep(200);
    }
  }

  /** @returns the name of the result, or why an outcome is unknown, or what else happened */
  async #send(write: string, variables: object): Promise<string> {
    const headers = { ...this.#headers, 'idempotency-key': write };
    try {
      const { data, text } = await post(`${this.#next()}/graphql`, CREATE, variables, headers);
      const { createOpenIdConnect: result } = (data ?? {}) as Partial<Created>;
      return result?.reason ?? result?.__typename ?? text;
    } catch (error) {
      return String(error);
    }
  }

  #next(): string {
    this.#turn += 1;
    return this.#origins[this.#turn % this.#origins.length] ?? '';
  }
}
