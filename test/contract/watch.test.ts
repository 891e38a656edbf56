import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readWatches } from '../../src/config/config.ts';
import { watchKinds } from '../../src/sign-in/watch-kinds.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { startGateway } from '../setup/gateway.ts';
import { MODES, permissiveUpstreams } from '../setup/guarded-gateway.ts';
import { startIssuer } from '../setup/issuer-server.ts';
import { refusal, STORED } from '../setup/permissive-upstream.ts';
import type { Responder, ScriptedUpstream } from '../setup/scripted-upstream.ts';
import { HOUR, KEY, WATCHES, watching } from '../setup/watching-gateway.ts';

/* What the gateway checks by itself, on a simulated clock, against scripted platforms, issuers and receivers of webhooks. */

const createsWidgets: Responder = (request) =>
  request.target === '/widgets'
    ? { status: 201, body: request.body }
    : permissiveUpstreams(request);
const toPlatform = ({ seen }: ScriptedUpstream, target: RegExp) =>
  seen.filter((request) => target.test(request.target));

describe('what is watched', () => {
  it('is shown with its last results, and is pending before', async () => {
    const { read, round, first, platform } = await watching({
      integrationEvents: [{ id: 'sign-in', every: '30m' }],
    });
    const facts = { watch: 'integrationEvents', upstream: 'ORDERCLOUD', id: 'sign-in' };
    const nothing = { findings: [], error: null, written: null, writtenAt: null };
    expect(await read()).toEqual([
      {
        ...facts,
        ...nothing,
        everySeconds: 1_800,
        status: 'PENDING',
        checkedAt: null,
        since: null,
      },
    ]);
    const [since] = await first();
    expect(since).toMatchObject({ ...facts, ...nothing, status: 'OK' });
    expect((await round(HOUR / 2))[0]).toMatchObject({ status: 'OK', since: since?.checkedAt });
    expect(toPlatform(platform, /integrationEvents/)).toHaveLength(2);
  });

  it('needs the scope to read', async () => {
    const { gateway } = await watching({ integrationEvents: [{ id: 'sign-in' }] });
    expect((await gateway.post(WATCHES)).status).toBe(401);
  });

  it('is nothing without a file', async () => {
    const gateway = await startGateway({ ORDERCLOUD_API_URL: 'http://127.0.0.1:1/v1' });
    onTestFinished(async () => {
      await gateway.stop();
    });
    expect((await gateway.post(WATCHES)).data).toMatchObject({ result: { watches: [] } });
  });
});

describe('what a watch finds is told once', () => {
  it('in the log, by a signed webhook and by metrics: an integration event whose URL is lost on Sunday', async () => {
    const { first, round, platform, receiver, lines, hooks, metrics, gateway } = await watching({
      integrationEvents: [{ id: 'sign-in' }],
    });
    await first();
    platform.respondWith((request) =>
      request.target.includes('integrationEvents')
        ? {
            status: 200,
            body: '{"ID":"sign-in","EventType":"OpenIDConnect","CustomImplementationUrl":null}',
          }
        : permissiveUpstreams(request),
    );
    await round();
    await expect.poll(hooks).toHaveLength(1);
    const [watch] = await round();
    const { code, message, advice } = {
      code: 'INTEGRATION_EVENT_URL',
      message: expect.stringContaining('is null. Nobody can sign in for the first time') as string,
      advice: expect.stringContaining('on Sundays at 03:00 UTC') as string,
    };
    const findings = [{ code, message, advice }];
    expect(watch).toMatchObject({ status: 'FOUND', findings });
    expect(lines(/watch found/)).toMatchObject([
      {
        level: 'warn',
        watch: 'integrationEvents',
        upstream: 'ORDERCLOUD',
        id: 'sign-in',
        findings,
      },
    ]);
    expect(hooks()).toMatchObject([{ type: 'watch.found', data: { id: 'sign-in', findings } }]);
    const [hook] = receiver.seen;
    const { headers, body = '', target } = hook ?? {};
    expect(target).toBe('/hooks/canary-path');
    expect(headers?.['webhook-signature']).toBe(
      `v1,${createHmac('sha256', KEY)
        .update(
          `${String(headers?.['webhook-id'])}.${String(headers?.['webhook-timestamp'])}.${body}`,
        )
        .digest('base64')}`,
    );
    expect(await metrics()).toMatch(
      /oidc_gateway_watch_checks_total\{watch="integrationEvents",outcome="found"\} 2\n/,
    );
    expect(await metrics()).toContain(
      'oidc_gateway_watches{watch="integrationEvents",status="found"} 1\n',
    );
    expect(await metrics()).toContain('oidc_gateway_webhooks_total{outcome="delivered"} 1\n');

    platform.respondWith(permissiveUpstreams);
    await round();
    await expect.poll(hooks).toMatchObject([{}, { type: 'watch.recovered' }]);
    expect(lines(/is over/)).toHaveLength(1);
    // There is nothing to put back.
    expect(
      platform.seen.every(({ method, target }) => method === 'GET' || target === '/oauth/token'),
    ).toBe(true);
    expect(JSON.stringify(gateway.logs)).not.toMatch(/canary|gateway-client-secret/);
  });

  it('an issuer that is down, and that is back', async () => {
    const issuer = await startIssuer();
    const { first, round, platform, hooks } = await watching(
      { checkOidcConfig: [{ idpId: 'ACME', issuer: issuer.issuer }] },
      { ISSUER_ALLOWED_HOSTS: issuer.issuer },
    );
    const [before] = await first();
    const published = new Map(issuer.responses);
    issuer.responses.clear();
    const [watch] = await round();
    expect(watch?.findings.map(({ code }) => code)).toContain('ISSUER_READ');
    expect(before?.findings.map(({ code }) => code)).not.toContain('ISSUER_READ');
    for (const [path, response] of published) issuer.responses.set(path, response);
    await round();
    await expect
      .poll(() => hooks().map(({ type }) => type))
      .toEqual(['watch.found', 'watch.recovered']);
    expect(platform.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('a platform that refuses: one attempt in each interval', async () => {
    const { first, round, platform, hooks } = await watching({
      checkOidcConfig: [{ idpId: STORED.oidcConfig.idpId }],
    });
    platform.respondWith(({ target }) => refusal(target, 403, 'IAM.0003', 'no'));
    await first();
    const before = toPlatform(platform, /openid-connect-config/).length;
    const [watch] = await round();
    expect(toPlatform(platform, /openid-connect-config/)).toHaveLength(before * 2);
    expect(before).toBe(1);
    expect(watch).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_UNAVAILABLE' } });
    await expect.poll(hooks).toMatchObject([{ type: 'watch.failed' }]);
  });
});

it('a role that the gateway lacks is named to its operator, in the error and in the log', async () => {
  const { first, platform, hooks, lines } = await watching({
    integrationEvents: [{ id: 'sign-in' }],
  });
  platform.respondWith((request) =>
    request.target.includes('integrationEvents')
      ? {
          status: 403,
          body: JSON.stringify({
            Errors: [
              {
                ErrorCode: 'Auth.InsufficientRoles',
                Message: 'User does not have role(s) required to perform this action.',
                Data: {
                  SufficientRoles: ['IntegrationEventReader', 'IntegrationEventAdmin'],
                  AssignedRoles: ['OpenIDConnectAdmin'],
                },
              },
            ],
          }),
        }
      : permissiveUpstreams(request),
  );
  const error = {
    code: 'UPSTREAM_UNAVAILABLE',
    message:
      "The platform refused the gateway's own credentials: they need one of IntegrationEventReader, IntegrationEventAdmin. The log has what it said, and what to do.",
  };
  expect(await first()).toMatchObject([{ status: 'FAILED', error }]);
  expect(lines(/could not be checked/)).toMatchObject([{ error }]);
  await expect.poll(hooks).toMatchObject([{ type: 'watch.failed', data: { error } }]);
  expect(lines(/refused the gateway's own credentials/)).toMatchObject([
    {
      advice: expect.stringContaining(
        'one of the roles IntegrationEventReader, IntegrationEventAdmin',
      ) as unknown,
    },
  ]);
});

describe('what a watch writes', () => {
  it('is in the audit trail as the watcher, told, and shown', async () => {
    const { first, platform, gateway, hooks, lines, metrics } = await watching({
      oidcWidgets: [
        { id: 'abc', mode: 'sync' },
        { id: 'def', mode: 'report' },
      ],
    });
    platform.respondWith(createsWidgets);
    const [one, other] = await first();
    expect(one).toMatchObject({ status: 'OK', written: 'The widget was created.' });
    expect(other).toMatchObject({ status: 'FOUND', written: null });
    expect(toPlatform(platform, /widgets/)).toMatchObject([
      { method: 'POST', body: '{"id":"abc"}', headers: { 'x-fixture-token': 'own-token' } },
    ]);
    const caller = { kind: 'WATCHER', id: 'the watcher' };
    expect(lines(/^audit$/)).toMatchObject([
      { event: 'intent', caller, operation: 'createOidcWidget', object: 'abc', attempt: 1 },
      {
        event: 'outcome',
        caller,
        operation: 'createOidcWidget',
        object: 'abc',
        member: 'CreateOidcWidgetSuccess',
        intents: 1,
        fields: ['mode'],
      },
    ]);
    await expect
      .poll(() =>
        hooks()
          .map(({ type }) => type)
          .sort(),
      )
      .toEqual(['watch.found', 'watch.written']);
    expect(lines(/watch wrote/)).toMatchObject([
      { level: 'info', written: 'The widget was created.' },
    ]);
    expect(await metrics()).toContain('oidc_gateway_watch_writes_total{watch="oidcWidgets"} 1\n');
    expect(JSON.stringify(gateway.logs)).not.toContain('own-token');
  });

  it('and whose answer is lost is a failure, told once, and audited', async () => {
    const { first, round, platform, hooks, lines } = await watching({
      oidcWidgets: [{ id: 'abc', mode: 'sync' }],
    });
    platform.respondWith({ destroy: true });
    expect(await first()).toMatchObject([{ status: 'FAILED', error: { code: 'OUTCOME_UNKNOWN' } }]);
    const [watch] = await round();
    expect(watch?.error).toEqual({
      code: 'OUTCOME_UNKNOWN',
      message:
        'The write was sent, and it is unknown whether it was applied. The next check reads what is stored, and writes only if that is not as it should be.',
    });
    expect(lines(/^it is unknown whether the write of a watch was applied$/)).toHaveLength(1);
    expect(lines(/could not be checked/)).toEqual([]);
    expect(toPlatform(platform, /widgets/)).toHaveLength(2);
    expect(lines(/^audit$/).filter(({ event }) => event === 'outcome')).toMatchObject([
      { level: 'warn', member: 'OidcOutcomeUnknownError' },
      { level: 'warn', member: 'OidcOutcomeUnknownError' },
    ]);
    await expect.poll(hooks).toMatchObject([{ type: 'watch.failed' }]);
  });
});

describe('a webhook', () => {
  it('is tried three times, then again after the next check, under the same id', async () => {
    const { round, clock, receiver, lines, metrics } = await watching({
      oidcWidgets: [{ id: 'abc' }],
    });
    receiver.respondWith({ status: 500, body: '' });
    await clock.pass(0);
    await expect.poll(() => receiver.seen.length).toBe(1);
    await clock.pass(1_000);
    await expect.poll(() => receiver.seen.length).toBe(2);
    await clock.pass(5_000);
    await expect.poll(() => lines(/not delivered/)).toMatchObject([{ reason: '500', id: 'abc' }]);
    expect(receiver.seen).toHaveLength(3);
    expect(await metrics()).toContain('oidc_gateway_webhooks_total{outcome="failed"} 1\n');
    receiver.respondWith({ status: 200, body: '' });
    await round();
    await round();
    expect(new Set(receiver.seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(receiver.seen).toHaveLength(4);
    expect(lines(/watch found/)).toHaveLength(1);
  });

  it('follows no redirect, and says nothing of its path', async () => {
    const { clock, receiver, lines, gateway } = await watching({ oidcWidgets: [{ id: 'abc' }] });
    receiver.respondWith({ status: 302, headers: { location: '/elsewhere' }, body: '' });
    await clock.pass(0);
    for (const [index, ms] of [1_000, 5_000].entries()) {
      await expect.poll(() => receiver.seen.length).toBe(index + 1);
      await clock.pass(ms);
    }
    await expect.poll(() => lines(/not delivered/)).toMatchObject([{ reason: '302' }]);
    expect(receiver.seen.map(({ target }) => target)).toEqual(Array(3).fill('/hooks/canary-path'));
    expect(JSON.stringify(gateway.logs)).not.toContain('canary');
  });
});

describe('docs/watching.md', () => {
  const page = readFileSync(new URL('../../docs/watching.md', import.meta.url), 'utf8');
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';

  it('shows a file that is valid, with every section', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watch-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const path = join(folder, 'watch.yaml');
    writeFileSync(path, block('yaml'));
    const read = await readWatches(upstreams, {
      ...MODES['credentials of the gateway'].environment,
      SIGN_IN_PROBES: 'true',
      WATCH_FILE: path,
    });
    const sections = watchKinds(upstreams).map(({ kind }) => kind.name);
    expect('watches' in read && read.watches.map(({ kind }) => kind.name)).toEqual(sections);
    for (const name of sections) expect(page).toContain(`| \`${name}\``);
  });

  it('shows the query of GraphiQL', () => {
    const tab = readFileSync(
      new URL('../../schema/operations/22-oidc-watches.graphql', import.meta.url),
      'utf8',
    );
    expect(tab).toContain(block('graphql'));
  });

  it('shows a webhook, and how to verify it', async () => {
    const { round, receiver } = await watching({ oidcWidgets: [{ id: 'abc' }] });
    await round(0);
    await expect.poll(() => receiver.seen.length).toBe(1);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.seen;
    const shown = JSON.parse(block('json')) as { readonly data: object };
    const sent = JSON.parse(body) as { readonly data: object };
    expect([Object.keys(sent), Object.keys(sent.data)]).toEqual([
      Object.keys(shown),
      Object.keys(shown.data),
    ]);
    const { isFromGateway } = (await import(
      `data:text/javascript,${encodeURIComponent(block('js'))}`
    )) as {
      readonly isFromGateway: (
        headers: object,
        body: string,
        secrets: readonly string[],
      ) => boolean;
    };
    const secret = KEY.toString('base64');
    // The simulated clock of the gateway is not the time.
    vi.setSystemTime(Number((headers as Record<string, string>)['webhook-timestamp']) * 1_000);
    onTestFinished(() => {
      vi.useRealTimers();
    });
    expect(isFromGateway(headers, body, [secret])).toBe(true);
    const other = Buffer.alloc(32).toString('base64');
    expect(isFromGateway(headers, body, [other, secret])).toBe(true);
    expect(isFromGateway(headers, body, [`whsec_${secret}`])).toBe(true);
    expect(isFromGateway(headers, `${body} `, [secret])).toBe(false);
    expect(isFromGateway({ ...headers, 'webhook-id': 'x' }, body, [secret])).toBe(false);
    expect(isFromGateway(headers, body, [other])).toBe(false);
    vi.setSystemTime(Date.now() + 301_000);
    expect(isFromGateway(headers, body, [secret])).toBe(false);
  });
});
