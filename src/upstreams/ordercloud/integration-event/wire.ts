import * as z from 'zod';

const text = z.string().nullish();

/** An IntegrationEvent in a response, as far as it matters for sign-in. Only the ID is required: OrderCloud's schema marks nothing as required in responses. */
export const integrationEvent = z.object({
  ID: z.string().min(1),
  Name: text,
  EventType: text,
  CustomImplementationUrl: text,
  HashKey: text,
  ElevatedRoles: z.array(z.string()).nullish(),
  /** Documented as write-only, and as a part of responses too. */
  CustomAuthHeaderValue: text,
});

export type WireIntegrationEvent = z.output<typeof integrationEvent>;

/** A page of integration events. */
export const integrationEventList = z.object({ Items: z.array(integrationEvent) });

export type WireIntegrationEventList = z.output<typeof integrationEventList>;
