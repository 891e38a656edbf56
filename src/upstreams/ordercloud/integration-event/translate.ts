import { parseUrl } from '../../../domain/text/url.ts';
import type { WireIntegrationEvent } from './wire.ts';

/** What of an integration event matters for sign-in. Null: there is none, or OrderCloud does not say. */
export interface IntegrationEvent {
  readonly id: string;
  readonly name: string | null;
  readonly eventType: string | null;
  readonly customImplementationUrl: string | null;
  readonly hasHashKey: boolean;
  readonly elevatedRoles: readonly string[];
}

export function fromWire(wire: WireIntegrationEvent): IntegrationEvent {
  return {
    id: wire.ID,
    name: filled(wire.Name),
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

/** A URL without the parts that may hold a key; null if it is none. */
export function withoutKeys(url: string | null): string | null {
  const parsed = url === null ? null : parseUrl(url);
  return parsed && `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

function filled(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
