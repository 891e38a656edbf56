import { ask } from './ask.ts';
import { startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import type { Contender } from './contender.ts';
import { HelperProcess } from './helper-process.ts';
import { installPeer } from './install.ts';
import { thisMachine, watchOthers } from './machine.ts';
import { BUSY, measure, slice, WrongBehaviour } from './measure.ts';
import type { Helpers } from './measure.ts';
import type { Options } from './options.ts';
import { say } from './progress.ts';
import type { RequestTemplate } from './request-template.ts';
import type { ContenderFacts, LeftOut, Results, Sample } from './results.ts';
import type { Scenario } from './scenarios.ts';

/** A contender that takes part, with what it is asked in each scenario. */
interface Participant {
  readonly contender: Contender;
  readonly running: RunningContender;
  readonly startUpMs: readonly number[];
  readonly requests: ReadonlyMap<Scenario, RequestTemplate>;
}

/** How long a contender warms up at most, in slices, where it is slow. */
const MAX_WARM_UP = 20;

/** Runs the benchmark. @throws WrongBehaviour where a contender answers wrongly, or calls the upstream more or less than once */
export async function run(options: Options, command: string): Promise<Results> {
  const [date = ''] = new Date().toISOString().split('T');
  const machine = thisMachine();
  if (!machine.pinned)
    say('taskset is missing, or there is one core only: the processes are not pinned to cores');
  const helpers: Helpers = {
    load: new HelperProcess('load.ts'),
    upstream: new HelperProcess('upstream.ts'),
  };
  const participants: Participant[] = [];
  try {
    const leftOut = await assemble(options, helpers, participants);
    for (const participant of participants) await warmUp(participant, helpers, options);
    const others = watchOthers();
    const samples = await measureRounds(options, participants, helpers);
    return {
      date,
      command,
      machine,
      others: others(),
      contenders: participants.map(factsOf),
      leftOut,
      scenarios: options.scenarios.map(({ name }) => name),
      samples,
    };
  } finally {
    helpers.load.stop();
    helpers.upstream.stop();
    await Promise.all(participants.map(({ running }) => running.stop()));
  }
}

/** Starts all contenders. @returns those that could not be */
async function assemble(
  options: Options,
  helpers: Helpers,
  participants: Participant[],
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  const { port } = await helpers.upstream.ask({});
  for (const contender of options.contenders) {
    try {
      if (contender.packages !== undefined) await installPeer(contender.packages, say);
      const participant = await start(contender, `http://127.0.0.1:${port}`, options);
      if (participant !== null) participants.push(participant);
    } catch (error) {
      // Whoever has packages of its own may not be installable everywhere; the others must run.
      if (contender.packages === undefined || !(error instanceof Error)) throw error;
      say(`${contender.name} is left out: ${error.message}`);
      leftOut.push({ name: contender.name, reason: error.message });
    }
  }
  return leftOut;
}

/** Starts a contender as often as there are rounds, to know how long that takes; the last one stays. @returns null where it takes part in no scenario */
async function start(
  contender: Contender,
  upstream: string,
  { scenarios, rounds }: Options,
): Promise<Participant | null> {
  const requests = new Map<Scenario, RequestTemplate>();
  for (const scenario of scenarios) {
    const request = contender.request(scenario);
    if (request !== null) requests.set(scenario, request);
  }
  const [first] = requests.values();
  if (first === undefined) return null;
  let running = await startContender(contender, upstream, first);
  const startUpMs = [running.startUpMs];
  while (startUpMs.length < rounds) {
    await running.stop();
    running = await startContender(contender, upstream, first);
    startUpMs.push(running.startUpMs);
  }
  say(
    `${contender.name}: first right answer after ${startUpMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  );
  return { contender, running, startUpMs, requests };
}

/** Checks the answer of every scenario, then has the code compiled that will be measured. @throws WrongBehaviour */
async function warmUp(
  { contender, running, requests }: Participant,
  helpers: Helpers,
  { seconds, warmUp: wanted }: Options,
): Promise<void> {
  say(`warming up ${contender.name} …`);
  const [first] = requests.values();
  for (const [scenario, template] of requests) {
    await named(contender, scenario, running, async () => {
      const fault = await ask(running.port, template);
      if (fault !== null) throw new WrongBehaviour(fault);
      const once = async () =>
        (await slice(running, template, helpers, { connections: BUSY, heatSeconds: 0, seconds }))
          .answers;
      let operations = await once();
      // Most of what the first scenario needs, the others need too.
      for (
        let slices = 1;
        template === first && operations < wanted && slices < MAX_WARM_UP;
        slices += 1
      )
        operations += await once();
    });
  }
}

/** All scenarios of all contenders, one after the other, round by round: what changes on the machine meanwhile meets them all. */
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

/** Says with a wrong behaviour whose it is, and what that has printed. */
async function named<Result>(
  contender: Contender,
  scenario: Scenario,
  running: RunningContender,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof WrongBehaviour
      ? new WrongBehaviour(
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
