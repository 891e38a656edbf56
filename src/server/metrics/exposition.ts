import type { Family, Figures, Merge } from './registry.ts';

/** The media type of Prometheus' text format. */
export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** Figures in Prometheus' text format 0.0.4. A metric without series has none of its lines. */
export function textOf(families: readonly Family[], figures: Figures): string {
  return families
    .flatMap(({ name, help, type }) => {
      const series = Object.entries(figures[name] ?? {});
      return series.length === 0
        ? []
        : [
            `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
            `# TYPE ${name} ${type}\n`,
            ...series.map(([labels, value]) => `${name}${labels} ${value}\n`),
          ];
    })
    .join('');
}

const MERGES: Readonly<Record<Merge, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** The figures of several processes as one. */
export function merged(families: readonly Family[], all: readonly Figures[]): Figures {
  return Object.fromEntries(
    families.map(({ name, merge }) => {
      const sum: Record<string, number> = {};
      for (const figures of all) {
        for (const [series, value] of Object.entries(figures[name] ?? {})) {
          const before = sum[series];
          sum[series] = before === undefined ? value : MERGES[merge](before, value);
        }
      }
      return [name, sum];
    }),
  );
}

/** The figures of a process that stay counted after its end. */
export function lasting(families: readonly Family[], figures: Figures): Figures {
  return Object.fromEntries(
    families.filter(({ type }) => type !== 'gauge').map(({ name }) => [name, figures[name] ?? {}]),
  );
}
