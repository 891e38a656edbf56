import { isHttpUrl } from '../../../domain/sign-in/findings.ts';
import { neverMade, notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { isCleartext } from '../../../domain/text/url.ts';
import type { IntegrationEvent } from '../integration-event/translate.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import type { OrderCloudCheckCode } from './codes.ts';
import { notStored } from './not-stored.ts';
import type { StoredSignIn } from './read-stored.ts';

type EventCheck = Check<OrderCloudCheckCode>;

const PATH = ['integrationEventId'];

/** The checks of the integration event, with which OrderCloud asks the customer's middleware who somebody is. */
export function* eventChecks({ config, client, event }: StoredSignIn): Iterable<EventCheck> {
  if (event === null) {
    yield notPassed(
      'INTEGRATION_EVENT',
      'UNDECIDED',
      PATH,
      'None is stored. Then OrderCloud only signs in users who exist already, by their e-mail address. According to its documentation, configurations created after 2020-03-31 need one.',
      'Store the ID of an integration event of type OpenIDConnect.',
    );
    return;
  }
  const broken = consequence(config);
  if (event.kind !== 'STORED')
    yield notStored('INTEGRATION_EVENT', PATH, event, 'IntegrationEvent', {
      status: broken.status,
      message: `The integration event does not exist. ${broken.message}`,
      advice: 'Store the ID of one that exists.',
    });
  else {
    yield typeCheck(event.stored, broken);
    yield urlCheck(event.stored, broken);
    yield keyCheck(event.stored);
    yield rolesCheck(event.stored, client?.kind === 'STORED' ? client.stored.allowsSeller : null);
  }
  yield neverMade(
    'MIDDLEWARE',
    ['integrationEvent'],
    'The middleware decides who may sign in, and as which user: only a sign-in shows it.',
  );
}

/** What follows if the integration event cannot be called. */
interface Consequence {
  readonly status: 'FAILED' | 'UNDECIDED';
  readonly message: string;
}

/** The event is not called for people who have signed in before, unless the configuration says so. */
function consequence({ callSyncUserIntegrationEvent: isSynced }: OpenIdConnect): Consequence {
  return isSynced
    ? { status: 'FAILED', message: 'It is called at every sign-in, so nobody can sign in.' }
    : {
        status: 'UNDECIDED',
        message:
          'So nobody can sign in for the first time. Only people who have signed in before still can, because OrderCloud does not call it for them.',
      };
}

function typeCheck({ eventType }: IntegrationEvent, broken: Consequence): EventCheck {
  if (eventType === 'OpenIDConnect')
    return passed('INTEGRATION_EVENT', PATH, 'It exists, and is of type OpenIDConnect.');
  return notPassed(
    'INTEGRATION_EVENT',
    eventType === null ? 'UNDECIDED' : broken.status,
    PATH,
    eventType === null
      ? 'OrderCloud does not say of which type the integration event is.'
      : `The integration event is not of type OpenIDConnect. ${broken.message}`,
    'The type of an event cannot be changed: store the ID of one of type OpenIDConnect.',
  );
}

/** The URL at which OrderCloud calls the middleware. */
export function urlCheck({ customImplementationUrl: url }: IntegrationEvent, broken: Consequence) {
  const code = 'INTEGRATION_EVENT_URL';
  const path = ['integrationEvent', 'customImplementationUrl'];
  if (url === null || !isHttpUrl(url))
    return notPassed(
      code,
      broken.status,
      path,
      `${url === null ? 'CustomImplementationUrl of the integration event is null' : 'CustomImplementationUrl of the integration event is not an absolute http(s) URL'}. ${broken.message}`,
      'Set it to the URL of the middleware. In the staging environment set it again every week: Sitecore overwrites staging with production on Sundays at 03:00 UTC, and sets it to null.',
    );
  const advice = isCleartext(url)
    ? 'The client secret and tokens go there over plain http: use https.'
    : null;
  return passed(code, path, 'It has one.', advice);
}

/** Whether a middleware verifies the hash is its own affair, but all samples of the vendor refuse a request without one. */
function keyCheck({ hasHashKey }: IntegrationEvent): EventCheck {
  const code = 'INTEGRATION_EVENT_KEY';
  const path = ['integrationEvent', 'hashKey'];
  if (hasHashKey) return passed(code, path, 'It has one.');
  return notPassed(
    code,
    'UNDECIDED',
    path,
    'It has none. A middleware that verifies X-oc-hash, like the samples of the vendor, refuses what OrderCloud sends.',
    'Set HashKey of the integration event to the key of the middleware.',
  );
}

/** A middleware may have credentials of its own, so nothing about these roles keeps people from signing in. */
function rolesCheck(
  { elevatedRoles: roles }: IntegrationEvent,
  allowsSeller: boolean | null,
): EventCheck {
  const code = 'ELEVATED_ROLES';
  const path = ['integrationEvent', 'elevatedRoles'];
  if (roles.length === 0)
    return passed(
      code,
      path,
      'It has none, so the middleware needs credentials of its own to create users.',
      'If the middleware has none, give the event the role BuyerUserAdmin, which creates buyer users.',
    );
  const seller =
    allowsSeller === true
      ? ''
      : ' Elevated roles also need an active API client with AllowSeller = true in your marketplace; the one of this configuration is not known to be such a client.';
  if (roles.includes('BuyerUserAdmin') || roles.includes('FullAccess'))
    return passed(
      code,
      path,
      'The middleware can create buyer users.',
      seller === '' ? null : seller.trim(),
    );
  return passed(
    code,
    path,
    'The middleware cannot create buyer users with the token that OrderCloud sends to it.',
    `If buyers are to sign in, and the middleware has no credentials of its own, add the role BuyerUserAdmin.${seller}`,
  );
}
