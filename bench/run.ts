import { ask } from './ask.ts';
import { startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import type { Contender } from './contender.ts';
import { HelperProcess } from './helper-process.ts';
import { installPeer } from './install.ts';
import { thisMachine, watchOthers } from './machine.ts';
import { BUSY, measure, slice, WrongBehavior } from './measure.ts';
import type { Helpers } from './measure.ts';
import type { Options } from './options.ts';
import { say } from './progress.ts';
import type { RequestTemplate } from './request-template.ts';
import type { ContenderFacts, LeftOut, Results, Sample } from './results.ts';
import type { Scenario } from './scenarios.ts';
import { startRedisServer } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { startTraceReceiver } from './trace-receiver.ts';
import type { TraceReceiver } from './trace-receiver.ts';

/** A contender that takes part, with its request in each scenario. */
interface Participant {
  readonly contender: Contender;
  readonly running: RunningContender;
  readonly startUpMs: readonly number[];
  readonly requests: ReadonlyMap<Scenario, RequestTemplate>;
}

/** The maximum warm-up of a slow contender, in slices. */
const MAX_WARM_UP = 20;

/** Runs the benchmark. @throws WrongBehavior if a contender returns a wrong response, or does not call the upstream exactly once */
export async function run(options: Options, command: string): Promise<Results> {
  const [date = ''] = new Date().toISOString().split('T');
  const machine = thisMachine();
  if (!machine.pinned)
    say('taskset is missing, or there is one core only: the processes are not pinned to cores');
  const helpers: Helpers = {
    load: new HelperProcess('load.ts'),
    upstream: new HelperProcess('upstream.ts'),
  };
  const receiver = await startTraceReceiver();
  const redis = options.contenders.some(({ usesRedis }) => usesRedis)
    ? await startRedisServer()
    : null;
  const participants: Participant[] = [];
  try {
    const leftOut = await assemble(options, helpers, { receiver, redis }, participants);
    for (const participant of participants) await warmUp(participant, helpers, options);
    const others = watchOthers();
    const samples = await measureRounds(options, participants, helpers);
    if (participants.some(({ contender }) => contender.isTraced) && receiver.exports() === 0)
      throw new WrongBehavior('no trace was exported');
    return {
      date,
      command,
      machine,
      others: others(),
      contenders: participants.map(factsOf),
      leftOut,
      base: options.base,
      scenarios: options.scenarios.map(({ name }) => name),
      samples,
    };
  } finally {
    helpers.load.stop();
    helpers.upstream.stop();
    await Promise.all(participants.map(({ running }) => running.stop()));
    receiver.stop();
    redis?.stop();
  }
}

/** Starts all contenders. @returns those that could not be started */
async function assemble(
  options: Options,
  helpers: Helpers,
  { receiver, redis }: { readonly receiver: TraceReceiver; readonly redis: RedisServer | null },
  participants: Participant[],
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  const { port } = await helpers.upstream.ask({});
  for (const contender of options.contenders) {
    try {
      if (contender.packages !== undefined) await installPeer(contender.packages, say);
      const variables = {
        ...(contender.isTraced && receiver.environment),
        ...(contender.usesRedis && redis?.environment),
      };
      const participant = await start(contender, `http://127.0.0.1:${port}`, variables, options);
      if (participant !== null) participants.push(participant);
    } catch (error) {
      // A contender with its own packages may not be installable everywhere; the others must run.
      if (contender.packages === undefined || !(error instanceof Error)) throw error;
      say(`${contender.name} is left out: ${error.message}`);
      leftOut.push({ name: contender.name, reason: error.message });
    }
  }
  return leftOut;
}

/** Starts a contender once per round, to measure its start-up; the last one keeps running. @returns null if it takes part in no scenario */
async function start(
  contender: Contender,
  upstream: string,
  variables: Readonly<Record<string, string>>,
  { scenarios, rounds }: Options,
): Promise<Participant | null> {
  const requests = new Map<Scenario, RequestTemplate>();
  for (const scenario of scenarios) {
    const request = contender.request(scenario);
    if (request !== null) requests.set(scenario, request);
  }
  const [first] = requests.values();
  if (first === undefined) return null;
  let running = await startContender(contender, upstream, first, variables);
  const startUpMs = [running.startUpMs];
  while (startUpMs.length < rounds) {
    await running.stop();
    running = await startContender(contender, upstream, first, variables);
    startUpMs.push(running.startUpMs);
  }
  say(
    `${contender.name}: first correct response after ${startUpMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  );
  return { contender, running, startUpMs, requests };
}

/** Checks the response of every scenario, then compiles the code that will be measured. @throws WrongBehavior */
async function warmUp(
  { contender, running, requests }: Participant,
  helpers: Helpers,
  { seconds, warmUp: wanted }: Options,
): Promise<void> {
  say(`warming up ${contender.name} …`);
  const [first] = requests.values();
  for (const [scenario, template] of requests) {
    await named(contender, scenario, running, async () => {
      const problem = await ask(running.port, template);
      if (problem !== null) throw new WrongBehavior(problem);
      const once = async () =>
        (await slice(running, template, helpers, { connections: BUSY, heatSeconds: 0, seconds }))
          .responses;
      let operations = await once();
      // The other scenarios need most of the code that the first one needs.
      for (
        let slices = 1;
        template === first && operations < wanted && slices < MAX_WARM_UP;
        slices += 1
      )
        operations += await once();
    });
  }
}

/** All scenarios of all contenders, one after the other, round by round: changes on the machine affect them all. */
async function measureRounds(
  { scenarios, rounds, seconds }: Options,
  participants: readonly Participant[],
  helpers: Helpers,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const scenario of scenarios) {
      const figures: string[] = [];
      for (const { contender, running, requests } of participants) {
        const template = requests.get(scenario);
        if (template === undefined) continue;
        const measurement = await named(contender, scenario, running, () =>
          measure(running, template, helpers, seconds),
        );
        samples.push({ round, contender: contender.name, scenario: scenario.name, ...measurement });
        figures.push(
          `${contender.name} ${Math.round(measurement.throughput).toLocaleString('en')}`,
        );
      }
      say(`round ${round} of ${rounds}, ${scenario.name}, operations/s: ${figures.join(', ')}`);
    }
  }
  return samples;
}

/** Adds the contender and its output to a wrong behavior. */
async function named<Result>(
  contender: Contender,
  scenario: Scenario,
  running: RunningContender,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof WrongBehavior
      ? new WrongBehavior(
          `${contender.name}, ${scenario.name}: ${error.message}\n${running.output()}`,
        )
      : error;
  }
}

function factsOf({
  contender: { name, description },
  running,
  startUpMs,
}: Participant): ContenderFacts {
  return { name, description, startUpMs, peakRssBytes: running.usage().peakRssBytes };
}
