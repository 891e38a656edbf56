import { expect, it } from 'vitest';
import * as z from 'zod';
import { anIssuer } from '../../../test/setup/an-issuer.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { Filling } from '../../domain/sign-in/filling.ts';
import { parseNamingIssuer } from './issuer-input.ts';

const schema = z.object({ endpoint: z.string() });
const filling: Filling<z.output<typeof schema>> = {
  fields: ['endpoint'],
  valuesOf: () => ({ endpoint: 'https://idp.example/a' }),
  *differences({ endpoint }) {
    yield { field: 'endpoint', given: endpoint, published: 'https://idp.example/a' };
  },
};

/** Parses an input, and tells in which order things happened. */
async function parsed(
  input: Readonly<Record<string, unknown>>,
  how: typeof filling | null = filling,
) {
  const order: string[] = [];
  const scrubber = new Scrubber();
  scrubber.add('a-pasted-client-secret');
  const issuers = {
    read: (issuer: string, callerKey: string) => {
      order.push(`${callerKey} reads ${issuer}`);
      return Promise.resolve(anIssuer());
    },
    probe: null,
  };
  const session = { startDeadline: () => order.push('the deadline starts') };
  const context = { issuers, callerKey: 'jane', scrubber };
  return { order, ...(await parseNamingIssuer(schema, how ?? undefined, input, context, session)) };
}

it('starts the deadline of all calls before it reads the issuer for the caller', async () => {
  expect(await parsed({ issuer: 'https://idp.example' })).toEqual({
    order: ['the deadline starts', 'jane reads https://idp.example'],
    value: { endpoint: 'https://idp.example/a' },
    warnings: [],
  });
});

it('does neither without an issuer, or if the input takes none', async () => {
  const given = { endpoint: 'https://idp.example/b' };
  const asGiven = { order: [], value: given, warnings: [] };
  expect(await parsed(given)).toEqual(asGiven);
  expect(await parsed({ ...given, issuer: 'https://idp.example' }, null)).toEqual(asGiven);
});

it('shows no secret in what differs', async () => {
  const endpoint = 'https://idp.example/?secret=a-pasted-client-secret';
  const { warnings } = await parsed({ issuer: 'https://idp.example', endpoint });
  expect(warnings).toMatchObject([{ code: 'DIFFERS_FROM_ISSUER', path: ['endpoint'] }]);
  expect(JSON.stringify(warnings)).not.toContain('a-pasted');
});
