import type { TracingSettings } from '../../config/tracing-settings.ts';
import type { Log } from '../log/log.ts';
import type { Tracing } from './tracing.ts';

/** Opens tracing if it is on. The SDK takes time to load, so nothing of it is loaded otherwise. @param settings null if it is off */
export async function loadTracing(
  settings: TracingSettings | null,
  log: Pick<Log, 'warn'>,
): Promise<Tracing | null> {
  if (settings === null) return null;
  const { openTracing } = await import('./open-tracing.ts');
  return openTracing(settings, log);
}
