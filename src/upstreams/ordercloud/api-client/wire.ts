import * as z from 'zod';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const minutes = z.number().nullish();

/** An ApiClient in a response, as far as it matters for sign-in. Only the ID is required: OrderCloud's schema marks nothing as required in responses. */
export const apiClient = z.object({
  ID: z.string().min(1),
  AppName: text,
  ClientSecret: text,
  Active: flag,
  AllowAnyBuyer: flag,
  AllowAnySupplier: flag,
  AllowSeller: flag,
  AccessTokenDuration: minutes,
  RefreshTokenDuration: minutes,
});

export type WireApiClient = z.output<typeof apiClient>;

/** A page of API clients. */
export const apiClientList = z.object({ Items: z.array(apiClient) });

export type WireApiClientList = z.output<typeof apiClientList>;

/** The first page of the companies whose users may use an API client. */
export const assignmentList = z.object({
  Items: z.array(z.object({ ApiClientID: text, BuyerID: text, SupplierID: text })),
});

export type WireAssignmentList = z.output<typeof assignmentList>;
