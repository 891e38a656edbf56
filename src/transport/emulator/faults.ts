import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import type { EmulatorResponse, EmulatorRequest } from './emulator.ts';

const status = z.int().min(200).max(599);
const ms = z.int().min(0).max(600_000);
const headers = z
  .record(z.string(), z.string())
  .refine(canBeSent, 'holds a name or value that no header can have');

/** What can go wrong at an upstream. "Applied" means that the request was really handled, with or without a response. */
const faultKinds = z.discriminatedUnion(
  'kind',
  [
    // A response instead of the real handling, nothing applied; `echo` is the upstream's error, quoting credentials and body.
    z.strictObject({
      kind: z.literal('status'),
      status,
      body: z.unknown().optional(),
      headers: headers.default({}),
    }),
    z.strictObject({ kind: z.literal('html'), status: status.default(502) }),
    z.strictObject({ kind: z.literal('echo'), status }),
    // Applied late: with a response, or without one and even if the caller has hung up.
    z.strictObject({ kind: z.literal('delay'), ms }),
    z.strictObject({ kind: z.literal('applyLater'), ms }),
    // No complete response; `reset` and `hang` apply nothing.
    z.strictObject({
      kind: z.literal(['reset', 'hang', 'truncate', 'applyThenHang', 'applyThenReset']),
    }),
  ],
  'wants a kind: status, html, echo, delay, applyLater, reset, hang, truncate, applyThenHang or applyThenReset',
);

export type Fault = z.output<typeof faultKinds>;

const plannedFault = z.strictObject({
  method: z.string().toUpperCase().optional(),
  path: z.string().startsWith('/').optional(),
  times: z
    .union([z.int().min(1), z.literal('always')], 'wants a whole number from 1, or "always"')
    .default(1),
  fault: faultKinds,
});

/** A fault, and which requests get it. */
export type PlannedFault = z.output<typeof plannedFault>;

/** The fault that a request gets. Uses up one of its times. */
export function takeFault(
  faults: PlannedFault[],
  { method, path }: Pick<EmulatorRequest, 'method' | 'path'>,
): Fault | undefined {
  const planned = faults.find(
    (each) => (each.method ?? method) === method && path.startsWith(each.path ?? ''),
  );
  if (planned && planned.times !== 'always') {
    planned.times -= 1;
    if (planned.times === 0) faults.splice(faults.indexOf(planned), 1);
  }
  return planned?.fault;
}

/** The admin route: lists, clears and adds faults. */
export function administer(
  request: Pick<EmulatorRequest, 'method' | 'path'>,
  faults: PlannedFault[],
  readBody: () => unknown,
): EmulatorResponse {
  switch (`${request.method} ${request.path}`) {
    case 'GET /__emulator/faults':
      return { status: 200, body: faults };
    case 'DELETE /__emulator/faults':
      faults.length = 0;
      return { status: 204 };
    case 'POST /__emulator/faults': {
      const { data, error } = plannedFault.safeParse(readBody());
      if (error) {
        const problems = error.issues.map(
          ({ path, message }) => `${path.join('.') || 'the JSON body'}: ${message}`,
        );
        return { status: 400, body: { message: problems.join('; ') } };
      }
      faults.push(data);
      return { status: 201, body: data };
    }
    default:
      return {
        status: 404,
        body: { message: 'There is only /__emulator/faults here, with GET, POST and DELETE.' },
      };
  }
}

function canBeSent(candidate: Readonly<Record<string, string>>): boolean {
  try {
    for (const [name, value] of Object.entries(candidate)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return true;
  } catch {
    return false;
  }
}
