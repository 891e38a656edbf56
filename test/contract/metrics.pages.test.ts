import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GatewayMetrics } from '../../src/server/metrics/gateway-metrics.ts';
import { addProcessMetrics } from '../../src/server/metrics/process-metrics.ts';
import { alerts, dashboardQueries, metricsIn } from '../setup/dashboard.ts';
import { tableRows } from '../setup/markdown-table.ts';

/* The page, the dashboard and the alerts against the metrics that exist. */

const { registry } = new GatewayMetrics();
addProcessMetrics(registry, false);
const names = registry.families.map(({ name }) => name);
const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** A section of the page. */
const section = (heading: string) =>
  page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';

describe('docs/operations.md', () => {
  it('has every metric, as it describes itself', () => {
    expect(tableRows(section('Metrics'))).toEqual(
      registry.families.map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    );
  });

  it('has a section for every alert, and no others', () => {
    expect([...section('Alerts').matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual(
      alerts().map(({ name }) => name),
    );
  });
});

describe('the dashboard', () => {
  it.each(dashboardQueries())('asks for metrics that exist: $title, $expr', ({ expr }) => {
    const asked = metricsIn(expr);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('shows every metric', () => {
    const shown = metricsIn(
      dashboardQueries()
        .map(({ expr }) => expr)
        .join('\n'),
    );
    expect(names.filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('the alerts', () => {
  it.each(alerts())('$name has a summary, and a section with what to do', ({ name, text }) => {
    expect(text).toMatch(/summary: \S/);
    expect(text).toContain(`runbook_url: docs/operations.md#${name.toLowerCase()}\n`);
    const asked = metricsIn(text);
    expect(asked.filter((metric) => !names.includes(metric))).toEqual([]);
    expect(asked.length > 0 || text.includes('up{')).toBe(true);
  });

  it('are all tested', () => {
    const tests = readFileSync(
      new URL('../../deploy/prometheus/alerts.test.yaml', import.meta.url),
      'utf8',
    );
    const tested = new Set([...tests.matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
    expect([...tested]).toEqual(alerts().map(({ name }) => name));
  });
});
