import { z } from 'zod';
import { federationId, must, text } from './primitives.ts';

const name = z.strictObject({
  name: text.describe(
    'Name, which may contain placeholders: {0} for the claim of the first condition, {1} for the claim of the second.',
  ),
});

const local = z
  .strictObject({
    user: name.optional().describe('The federated user that the person is signed in as.'),
    group: name.optional().describe('A user group that the federated user belongs to.'),
    groups: text
      .optional()
      .describe('Several user groups in one string, e.g. `["admin","manager"]` or `{1}`.'),
  })
  .check(
    must((part) => Object.keys(part).length > 0, 'must have at least one of user, group, groups'),
  )
  .describe('Part of the identity that the user gets. At least one field is required.');

const remote = z
  .strictObject({
    type: text.describe('Name of the claim, e.g. `email`; `__NAMEID__` stands for the subject.'),
    anyOneOf: z
      .array(text)
      .optional()
      .describe('Holds if the claim is one of these. Not together with notAnyOf.'),
    notAnyOf: z
      .array(text)
      .optional()
      .describe('Holds if the claim is none of these. Not together with anyOneOf.'),
    regex: z
      .boolean()
      .optional()
      .describe('Whether the values are regular expressions. Default: false.'),
  })
  .check(
    must(
      ({ anyOneOf, notAnyOf }) => anyOneOf === undefined || notAnyOf === undefined,
      'must not have both anyOneOf and notAnyOf',
    ),
  )
  .describe('A condition on a claim of the ID token.');

const mappingRule = z
  .strictObject({
    local: z
      .array(local)
      .min(1)
      .describe('The identity that the user gets: a user name, and groups.'),
    remote: z.array(remote).min(1).max(10).describe('Conditions. All of them must hold.'),
  })
  .describe('If all conditions in `remote` hold, the user gets the identity that `local` defines.');

/** A mapping of Huawei Cloud IAM. */
export const mapping = z.strictObject({
  id: federationId
    .optional()
    .describe(
      'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores. Default: the mapping that the protocol refers to, or else `mapping_<idpId>`.',
    ),
  rules: z
    .array(mappingRule)
    .min(1)
    .max(10)
    .optional()
    .describe(
      'The rules, in order. They replace all stored ones. If left out, an existing mapping keeps its rules, and a new one signs everyone in as FederationUser, which has no permissions.',
    ),
});
