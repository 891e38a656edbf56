import { readFileSync } from 'node:fs';

/* What deploy/ says about the metrics: the queries of the dashboard, and the alerts. */

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Every query of the dashboard, with the title of its panel. */
export function dashboardQueries(): readonly { readonly title: string; readonly expr: string }[] {
  const { panels } = JSON.parse(read('deploy/grafana/dashboard.json')) as {
    readonly panels: readonly Panel[];
  };
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
}

/** An alert as it is written in its file. */
export interface Alert {
  readonly name: string;
  readonly text: string;
}

/** Every alert. */
export function alerts(): readonly Alert[] {
  return read('deploy/prometheus/alerts.yaml')
    .split(/^ +- alert: /m)
    .slice(1)
    .map((text) => ({ name: text.slice(0, text.indexOf('\n')), text }));
}

/** The names of metrics in a text, without what histograms add to them. */
export function metricsIn(text: string): readonly string[] {
  return [
    ...new Set(
      [...text.matchAll(/\b(?:http_(?:server|client)|oidc_gateway|nodejs|process)_[a-z0-9_]+\b/g)]
        .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
        // Labels.
        .filter((name) => !/^(?:nodejs_version|nodejs_eventloop_state)$/.test(name)),
    ),
  ];
}
