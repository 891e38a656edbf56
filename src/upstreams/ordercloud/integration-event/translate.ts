import type { WireIntegrationEvent } from './wire.ts';

/** What of an integration event matters for sign-in. Null: there is none, or OrderCloud does not say. */
export interface IntegrationEvent {
  readonly eventType: string | null;
  readonly customImplementationUrl: string | null;
  readonly hasHashKey: boolean;
  readonly elevatedRoles: readonly string[];
}

export function fromWire(wire: WireIntegrationEvent): IntegrationEvent {
  return {
    eventType: filled(wire.EventType),
    customImplementationUrl: filled(wire.CustomImplementationUrl),
    hasHashKey: filled(wire.HashKey) !== null,
    elevatedRoles: wire.ElevatedRoles ?? [],
  };
}

/** The secrets of an integration event in a response. They only leave here to be scrubbed. */
export function secretsIn({ HashKey, CustomAuthHeaderValue }: WireIntegrationEvent): string[] {
  return [HashKey, CustomAuthHeaderValue].filter((secret) => typeof secret === 'string');
}

function filled(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
