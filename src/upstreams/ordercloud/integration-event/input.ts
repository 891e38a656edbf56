import * as z from 'zod';
import { existingId } from '../open-id-connect/input.ts';

/** Identifies an integration event. Its ID is stored elsewhere, where any text may be. */
export const integrationEventKey = z.object({ id: existingId });
