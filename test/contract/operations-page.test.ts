import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { stopClock } from '../setup/clock.ts';
import {
  lostSpans,
  startAndStop,
  unexpected,
  upstreamEvents,
  watches,
  workers,
} from '../setup/log-lines.ts';
import {
  CREATE,
  createVariables,
  startWithEmulator,
  startWithScript,
} from '../setup/ordercloud.ts';
import { responseText } from '../setup/sockets.ts';

/* docs/operations.md shows every line of the log as the gateway writes it. */

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/operations.md', ROOT), 'utf8');

type Line = Readonly<Record<string, unknown>>;

const shown = [...page.matchAll(/```json\n(.*?)```/gs)].map(
  ([, text = '']) => JSON.parse(text) as Line,
);

/** The members of a value, and of those in it. */
function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(membersOf(item)));
    return [...new Set(items)].sort();
  }
  if (typeof value !== 'object' || value === null) return '';
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, membersOf(member)]),
  );
}

/** What the page must show of lines: level, message, event and members, each once. */
const facts = (lines: readonly Line[]) =>
  [
    ...new Set(
      lines.map((line) => {
        const { level, msg, event = '' } = line;
        return `${String(level)} ${String(msg)} ${String(event)} ${JSON.stringify(membersOf(line))}`;
      }),
    ),
  ].sort();

/** A call that logs: its message as a pattern, and the names of its fields, null if they are not listed there. */
interface LogCall {
  readonly message: RegExp | null;
  readonly names: readonly string[] | null;
}

const LEVELS = new Set(['debug', 'info', 'warn', 'error', 'fatal']);
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(message: ts.Expression): RegExp | null {
  if (ts.isStringLiteralLike(message)) return new RegExp(`^${escaped(message.text)}$`);
  if (!ts.isTemplateExpression(message)) return null;
  const rest = message.templateSpans.map(({ literal }) => escaped(literal.text));
  return new RegExp(`^${[escaped(message.head.text), ...rest].join('.+')}$`);
}

/** Every call in the source code of the server that logs. */
function logCalls(): readonly LogCall[] {
  const found: LogCall[] = [];
  for (const folder of ['src/server/', 'src/commands/']) {
    for (const path of readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
      const text = readFileSync(new URL(folder + path, ROOT), 'utf8');
      const visit = (node: ts.Node): void => {
        node.forEachChild(visit);
        if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
        const { expression, name } = node.expression;
        const [fields, message] = node.arguments;
        if (!LEVELS.has(name.text) || !/(?:^|\.#?)log$/.test(expression.getText())) return;
        if (fields === undefined || message === undefined) return;
        const names =
          ts.isObjectLiteralExpression(fields) && !fields.properties.some(ts.isSpreadAssignment)
            ? fields.properties.map((property) => property.name?.getText() ?? '')
            : null;
        found.push({ message: patternOf(message), names });
      };
      visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
    }
  }
  return found;
}

/** Lines of requests: writes that succeed and fail, a refusal, and a caller who does not read. */
async function requests(): Promise<readonly Line[]> {
  const { create, post, logs } = await startWithEmulator();
  await create('google');
  await post('{ nothing }');
  const failing = await startWithScript((socket) => {
    socket.resetAndDestroy();
  });
  await failing.create('google');
  return [...logs, ...failing.logs];
}

async function unread(): Promise<readonly Line[]> {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  const large = JSON.stringify({ ID: 'unread', AppStartUrl: 'x'.repeat(900_000) });
  const { say, requestText, server, logs } = await startWithScript((socket) =>
    socket.write(responseText(large, { status: '201 Created' })),
  );
  const fields = Array.from({ length: 20 }, (_, index) => `a${index}: appStartUrl`).join(' ');
  const query = CREATE.replace('id appStartUrl', fields);
  const client = await say();
  client.socket.pause();
  client.socket.write(requestText(JSON.stringify({ query, variables: createVariables('unread') })));
  await server.received(1);
  const lines = () => logs.filter(({ msg }) => /did not read/.test(String(msg)));
  await vi.waitFor(() => {
    pass(1_000);
    expect(lines()).toHaveLength(1);
  });
  client.socket.destroy();
  return lines();
}

describe('docs/operations.md', () => {
  let calls: readonly LogCall[];
  beforeAll(() => {
    calls = logCalls();
  });

  it('shows every line, with its level, its message and its members', async () => {
    const written = [
      ...startAndStop(),
      ...upstreamEvents(),
      ...watches(),
      ...(await lostSpans()),
      ...(await unexpected()),
      ...(await workers()),
      ...(await requests()),
      ...(await unread()),
    ];
    // Lines at the start and end of a process, which has tests of its own: see below.
    const ofProcesses = shown.filter(({ msg }) => msg === 'draining' || msg === 'crashed');
    expect(ofProcesses).toHaveLength(2);
    expect(facts(shown)).toEqual(facts([...written, ...ofProcesses]));
  });

  it('shows every message in the source code', () => {
    const messages = calls.flatMap(({ message }) => message ?? []);
    expect(messages.length).toBeGreaterThan(25);
    expect(
      messages.filter((message) => !shown.some(({ msg }) => message.test(String(msg)))),
    ).toEqual([]);
  });

  it.each(['draining', 'crashed'])('shows the fields of the line %s', (msg) => {
    const [line = {}] = shown.filter((one) => one['msg'] === msg);
    const [call] = calls.filter(({ message }) => message?.test(msg));
    const { level: _level, time: _time, msg: _msg, ...fields } = line;
    expect(Object.keys(fields)).toEqual(call?.names);
  });
});
