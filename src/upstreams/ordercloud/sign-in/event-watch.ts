import * as z from 'zod';
import { declareWatch, findingOf } from '../../../domain/sign-in/watch.ts';
import type { WatchKind } from '../../../domain/sign-in/watch.ts';
import type { Session } from '../../../transport/upstream.ts';
import { getIntegrationEvent } from '../integration-event/operations.ts';
import { existingId } from '../open-id-connect/input.ts';
import type { OrderCloudSettings } from '../settings.ts';
import { urlCheck } from './event-checks.ts';

/** What follows if the event cannot be called, whichever configuration uses it. */
const BROKEN = {
  status: 'FAILED',
  message: 'Nobody can sign in for the first time with a configuration that uses it.',
} as const;

/** Watches the URL of integration events, which staging loses every Sunday. It is reported and not put back: the gateway does not know the URL that was lost. */
export const eventWatch: WatchKind<Session<OrderCloudSettings>> = declareWatch({
  name: 'integrationEvents',
  key: 'id',
  mutation: null,
  entry: z.strictObject({ id: existingId }),
  run: async ({ call }: Session<OrderCloudSettings>, { id }) => {
    const { value: event } = await call(getIntegrationEvent, { id });
    const check = urlCheck(event, BROKEN);
    return { findings: check.status === 'PASSED' ? [] : [findingOf(check)], written: null };
  },
});
