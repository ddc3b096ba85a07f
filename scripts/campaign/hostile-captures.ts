/** Hostile captures: damaged pcap and pcapng files are read and their frames sent into a lab; some by `switchback inject` itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../ts/capture/pcap.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { readBatch } from './hostile.ts';
import { hostileCapture } from './hostile-bytes.ts';
import { endsInTime } from './kill-run.ts';
import { discard, scratch, switchback } from './processes.ts';
import { Random } from './random.ts';

/** Captures that one process reads: as many as lab files (hostile-labs.ts), for the same reason. */
const BATCH = 250;
/** One in so many is injected by the command. */
const INJECTED = 200;
const LAB = 'quiet';
const INTERFACES = ['a:eth0', 'b:eth0'];
/** Without flows: a stamp may lie days after the one before it, and the days between cost nothing. */
const QUIET = `name: ${LAB}
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    sw: { kind: switch }
  links:
    - endpoints: ["a:eth0", "sw:p1"]
    - endpoints: ["b:eth0", "sw:p2"]
duration: 1s
`;

async function run({ seed, inputs }: Settings): Promise<Tally> {
  const tally = new Tally();
  let accepted = 0;
  for (let from = 1; from <= inputs; from += BATCH) {
    const to = Math.min(inputs, from + BATCH - 1);
    const args = (first: number) => ['captures', `${seed}`, `${first}`, `${to}`];
    accepted += (await readBatch({ what: 'capture', args, from, to, limitsMemory: true }, tally)).accepted;
    tally.count('damaged captures', to - from + 1);
  }
  tally.count('of them with frames', accepted);
  await inject(seed, inputs, tally);
  return tally;
}

/** Exit code 0, or 2 when no frame of the file can be read; then the whole history is proven. */
async function inject(seed: number, inputs: number, tally: Tally): Promise<void> {
  const folder = scratch();
  const data = join(folder, 'data');
  const lab = join(folder, 'quiet.lab.yml');
  writeFileSync(lab, QUIET);
  await endsInTime(switchback(['run', lab, '--data', data]), tally, 'run');
  for (let attempt = INJECTED; attempt <= inputs; attempt += INJECTED) {
    const random = Random.of(seed, 'captures', attempt);
    const path = join(folder, `${attempt}.pcap`);
    const bytes = hostileCapture(random);
    writeFileSync(path, bytes);
    const expected = readCapture(bytes).frames.length > 0 ? 0 : 2;
    const label = `inject of capture ${attempt}`;
    const args = ['inject', LAB, random.pick(INTERFACES), path, '--partial', '--settle', '10ms', '--data', data];
    const ended = await endsInTime(switchback(args), tally, label);
    tally.count('injected by the command');
    if (ended !== null && ended.code !== expected)
      tally.fault(label, `exit ${ended.code ?? ended.signal}, expected ${expected}: ${ended.stderr}`);
  }
  const verified = await endsInTime(switchback(['verify', LAB, '--data', data]), tally, 'verify');
  if (verified?.code !== 0) tally.fault('verify', `exit ${verified?.code}: ${verified?.stdout}${verified?.stderr}`);
  discard(folder);
}

export const hostileCaptures: Campaign = {
  name: 'hostile-captures',
  title: 'damaged pcap and pcapng files, their frames sent into a lab: no stack trace, every frame accounted for',
  lane: 'input',
  run,
};
