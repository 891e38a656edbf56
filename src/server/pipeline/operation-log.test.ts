import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { newProgress } from '../../graph/context.ts';
import type { GatewayContext, Progress } from '../../graph/context.ts';
import { createLog } from '../log/log.ts';
import { logOperation } from './operation-log.ts';

const unexpected = new GraphQLError('Unexpected error.', {
  extensions: { code: 'INTERNAL_SERVER_ERROR', unexpected: true },
});
const refused = new GraphQLError('No.', { extensions: { code: 'BAD_USER_INPUT' } });

it.each<[string, readonly GraphQLError[], Partial<Progress>]>([
  ['info', [], {}],
  ['info', [refused], {}],
  ['warn', [], { unknownOutcomes: 1 }],
  ['warn', [], { hasFailedCall: true }],
  ['warn', [refused], { noAccess: [{ upstream: 'SHOP', reason: 'LOGIN_FAILED' }] }],
  ['error', [refused, unexpected], {}],
  ['error', [unexpected], { unknownOutcomes: 1 }],
])('the line of an operation has the level %s', (level, errors, progress) => {
  const lines: string[] = [];
  const context = {
    requestId: 'mine',
    trace: null,
    identity: null,
    scrubber: new Scrubber(),
    signal: { aborted: false },
    progress: { ...newProgress(), ...progress },
  } as unknown as GatewayContext;
  logOperation(createLog('trace', { write: (line) => lines.push(line) }), {
    operation: null,
    context,
    result: { errors },
    began: 0,
  });
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ level, requestId: 'mine', errors: errors.length }),
  ]);
});
