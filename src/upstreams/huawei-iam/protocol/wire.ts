import * as z from 'zod';

const wireProtocol = z.object({ id: z.string().min(1), mapping_id: z.string().nullish() });

/** A protocol in a response. It does not say which identity provider it belongs to. */
export const protocol = z.object({ protocol: wireProtocol });

export type WireProtocol = z.output<typeof wireProtocol>;
