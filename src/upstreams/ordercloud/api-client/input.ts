import * as z from 'zod';
import { rule } from '../../../domain/parse.ts';
import { existingId } from '../open-id-connect/input.ts';

/** What is below the path of API clients besides them. */
const NOT_CLIENTS = ['assignments'];

/** Identifies an API client. Its ID is stored elsewhere, where any text may be. */
export const apiClientKey = z.object({
  id: existingId.check(
    rule(function* (id: string) {
      if (NOT_CLIENTS.includes(id.toLowerCase()))
        yield { code: 'INVALID_FORMAT', message: 'Is not the ID of an API client.' };
    }),
  ),
});
