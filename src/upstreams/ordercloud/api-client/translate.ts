import { isSameId } from '../../../transport/operation.ts';
import type { WireApiClient, WireAssignmentList } from './wire.ts';

/** What of an API client matters for sign-in. Null: OrderCloud does not say. */
export interface ApiClient {
  readonly id: string;
  readonly appName: string | null;
  readonly isActive: boolean | null;
  readonly allowsAnyBuyer: boolean | null;
  readonly allowsAnySupplier: boolean | null;
  readonly allowsSeller: boolean | null;
  readonly accessTokenMinutes: number | null;
  readonly refreshTokenMinutes: number | null;
}

/** The companies that are assigned to an API client. */
export interface Assignments {
  readonly hasBuyer: boolean;
  readonly hasSupplier: boolean;
  /** Whether the list has none at all. */
  readonly isEmpty: boolean;
}

export function fromWire(wire: WireApiClient): ApiClient {
  return {
    id: wire.ID,
    appName: wire.AppName ?? null,
    isActive: wire.Active ?? null,
    allowsAnyBuyer: wire.AllowAnyBuyer ?? null,
    allowsAnySupplier: wire.AllowAnySupplier ?? null,
    allowsSeller: wire.AllowSeller ?? null,
    accessTokenMinutes: wire.AccessTokenDuration ?? null,
    refreshTokenMinutes: wire.RefreshTokenDuration ?? null,
  };
}

/** The secret of an API client in a response, which OrderCloud shows. It only leaves here to be scrubbed. */
export function secretsIn({ ClientSecret: secret }: WireApiClient): string[] {
  return typeof secret === 'string' ? [secret] : [];
}

/** The assignments of one API client. Others in the list do not count. */
export function assignmentsFromWire({ Items }: WireAssignmentList, id: string): Assignments {
  const own = Items.filter(({ ApiClientID }) => isSameId(ApiClientID ?? '', id));
  return {
    hasBuyer: own.some(({ BuyerID }) => isId(BuyerID)),
    hasSupplier: own.some(({ SupplierID }) => isId(SupplierID)),
    isEmpty: Items.length === 0,
  };
}

function isId(text: string | null | undefined): boolean {
  return typeof text === 'string' && text !== '';
}
