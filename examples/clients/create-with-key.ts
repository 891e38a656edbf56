import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeResult } from './describe-result.ts';
import { request } from './fetch.ts';
import { CreateConfigurationDocument } from './graphql/graphql.ts';
import { headers, input, url } from './settings.ts';

const { IDEMPOTENCY_KEY } = process.env;

// One key for one write. Keep it until you have the result, so that the program can go on if it is stopped.
const keyed = { ...headers, 'Idempotency-Key': IDEMPOTENCY_KEY ?? randomUUID() };

/** Creates the configuration. Sends the same request again if its response is lost, or if it has not ended. */
async function create(attempts: number) {
  try {
    const sent = await request(url, keyed, CreateConfigurationDocument, { input });
    const result = sent.createOpenIdConnect;
    if (attempts === 1 || result?.__typename !== 'OidcIdempotencyInFlightError') return result;
  } catch (error) {
    if (attempts === 1) throw error;
  }
  await sleep(1_000);
  return create(attempts - 1);
}

console.log(describeResult(await create(5)));
