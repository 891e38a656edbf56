import type { Terminal } from './terminal.ts';
import { render, visible } from './text.ts';
import type { Line, Span } from './text.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** A line that says what is under way. */
export interface Progress {
  readonly update: (text: string) => void;
  /** A note above the line. */
  readonly note: (line: Line) => void;
  /** Takes the line away. What is updated later, by requests that were under way, is not shown. */
  readonly end: () => void;
}

/** On a terminal, a line with a spinner and the time, which is written over; elsewhere nothing. */
export function startProgress(
  { isLive, hasColor, note, streams: { stderr } }: Terminal,
  text: string,
): Progress {
  if (!isLive) return { update: () => undefined, note, end: () => undefined };
  const start = performance.now();
  let current = text;
  let frame = 0;
  let hasEnded = false;
  const draw = () => {
    if (hasEnded) return;
    const seconds = (performance.now() - start) / 1000;
    const time = seconds < 1 ? '' : ` ${seconds.toFixed(0)} s`;
    const line: readonly Span[] = [
      { text: FRAMES[frame % FRAMES.length] ?? '', style: 'dim' },
      ` ${current}${time}`,
    ];
    stderr.write(CLEAR_LINE + render(shortened(line, stderr.columns ?? 80), hasColor));
  };
  draw();
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, FRAME_MS);
  timer.unref();
  return {
    update: (next) => {
      current = next;
      draw();
    },
    note: (line) => {
      if (!hasEnded) stderr.write(CLEAR_LINE);
      note(line);
      draw();
    },
    end: () => {
      if (hasEnded) return;
      hasEnded = true;
      clearInterval(timer);
      stderr.write(CLEAR_LINE);
    },
  };
}

/** A line that wraps could not be written over. */
function shortened(spans: readonly Span[], columns: number): Line {
  let left = columns - 1;
  return spans.map((span) => {
    const text = visible(typeof span === 'string' ? span : span.text);
    const cut = text.slice(0, Math.max(0, left));
    left -= text.length;
    return typeof span === 'string' ? cut : { ...span, text: cut };
  });
}
