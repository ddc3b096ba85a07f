/** `kill -9` of a server that runs four labs, at a random moment of its work. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { Fleet } from './fleet.ts';
import { discard, scratch, traceIn } from './processes.ts';
import { Random } from './random.ts';
import { Server } from './server.ts';
import { recordsOf } from './work.ts';

const LABS = ['s1', 's2', 's3', 's4'];
const MOMENT_MS_MAX = 600;

async function run({ seed, kills }: Settings): Promise<Tally> {
  const tally = new Tally();
  const data = scratch();
  let server = await Server.start(['--data', data]);
  const fleet = new Fleet({ seed, name: 'kill-serve', labs: LABS, servers: () => [server], tally, callMs: 10_000 });
  await fleet.recovered(0);
  for (let attempt = 1; attempt <= kills; attempt++) {
    await sleep(Random.of(seed, 'kill-serve', attempt).below(MOMENT_MS_MAX));
    const killedMs = performance.now();
    await kill(server, tally);
    tally.count('kills');
    server = await server.again();
    if (!(await fleet.recovered(killedMs))) {
      tally.fault(`kill ${attempt}`, 'not every lab answered again');
      break;
    }
    tally.recoverMs.push(performance.now() - killedMs);
  }
  await fleet.end();
  if (!(await server.stop())) tally.fault('the end', `SIGTERM did not end the server in good order: ${server.running.stderr}`);
  await kill(server, tally);
  const log = await openEmbeddedLog(data, { create: false });
  await fleet.check((lab) => recordsOf(log, lab));
  await log.close();
  discard(data);
  return tally;
}

/** Ends a server at once; what it printed and used until then counts. */
export async function kill({ running }: Server, tally: Tally): Promise<void> {
  await running.kill();
  tally.memory(running.memoryBytesMax);
  const trace = traceIn(running.stderr);
  if (trace !== null) tally.fault('a server', trace);
}

export const killServe: Campaign = {
  name: 'kill-serve',
  title: 'kill -9 of `serve` at random moments, while four labs are changed over HTTP',
  lane: 'store',
  run,
};
