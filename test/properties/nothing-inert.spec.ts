/**
 * Nothing inert: whatever a lab file can say has an effect, or the reader says that it has none.
 *
 * The schema is walked, not a list: a property that is added without a change in nothing-inert/labs.ts fails here.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { CheckRun, marksOf } from '../../ts/engine/checks.ts';
import { readDerived } from '../../ts/engine/derived.ts';
import { DropSampler, readDrops } from '../../ts/engine/drop-counts.ts';
import { Engine } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { COMMANDS, parseCommand } from '../../ts/model/commands/command.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import { splitEndpoint } from '../../ts/model/lab/endpoint.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { playsLab } from '../support/played.ts';
import { type Changed, type FrameAfter, Says } from './nothing-inert/change.ts';
import { COMMAND_LINES, ioLab, LABS } from './nothing-inert/labs.ts';
import { ioSettings, subjectOf, subjectsOfSchema } from './nothing-inert/subjects.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));

/** Everything that a run shows but the definition of its lab: events, tables of the report, verdicts. */
function behaviourOf({ lab, script }: LabFile, framesOf?: Changed['framesOf']): string {
  playsLab();
  const engine = new Engine(WASM, { identity: 'test' });
  const checks = new CheckRun(script.checks);
  const sampler = new DropSampler(marksOf(script.checks));
  const events: LabEvent[] = [];
  for (const input of [...scriptInputs(lab, script), ...inputsOf(framesOf?.(lab) ?? [], script.durationNs)]) {
    engine.receive(input, { checkpoint: false });
    for (let isThere = false; !isThere; ) isThere = sampler.step(engine);
    for (const { event } of engine.take()) {
      checks.observe(event);
      if (event.type !== 'LabDefined') events.push(event);
    }
  }
  const { flows, cores, frames, nodes, sessions } = readDerived(engine);
  const verdicts = checks.results(flows, { samples: sampler.samples, end: readDrops(engine) });
  return JSON.stringify([events, flows, cores, frames, nodes, sessions, verdicts], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** Frames from outside at the script's end, and ten seconds for them. */
function inputsOf(frames: readonly FrameAfter[], endNs: number): Input[] {
  const ends = [...new Set(frames.map(({ at }) => at))];
  const received = ends.map((at): Input => {
    const { node, name } = splitEndpoint(at);
    const own = frames.filter((frame) => frame.at === at).sort((a, b) => a.afterNs - b.afterNs);
    return {
      type: 'FramesReceived',
      data: { node, interface: name, frames: own.map(({ afterNs, bytes }) => ({ afterNs, bytes })) },
    };
  });
  return frames.length === 0 ? [] : [...received, { type: 'TimeAdvanced', data: { toNs: endNs + seconds(10) } }];
}

/** A copy of a file with other values, by their paths. */
function changed(text: string, changes: Readonly<Record<string, unknown>>): string {
  const file = parse(text) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('/');
    let at = file;
    for (const step of steps.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    at[steps.at(-1) ?? ''] = value;
  }
  return stringify(file);
}

function findingsOf(text: string): string[] {
  const result = readLabFile(text, 'lab.yml');
  return (result.ok ? result.warnings : result.findings).map(({ message }) => message);
}

function fileOf(text: string): LabFile {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return result.file;
}

describe.each(LABS)('$name', ({ text, changes, framesOf }) => {
  const before = behaviourOf(fileOf(text), framesOf);
  const said = new Set(findingsOf(text));

  test.each(Object.entries(changes))('%s', (path, value) => {
    const after = changed(text, { [path]: value instanceof Says ? value.value : value });
    if (!(value instanceof Says))
      return void expect(behaviourOf(fileOf(after), framesOf) === before, `${path} changes nothing`).toBe(false);
    const found = findingsOf(after).filter((message) => !said.has(message));
    expect(found).toContainEqual(expect.stringContaining(value.text));
  });
});

test('every property of a lab file has such a change', () => {
  const shown = new Set(LABS.flatMap(({ text, changes }) => Object.keys(changes).map((path) => subjectOf(parse(text), path))));
  const subjects = subjectsOfSchema();
  expect(subjects.filter((subject) => !shown.has(subject))).toEqual([]);
  // A value with two spellings is changed as a whole, too.
  const isKnown = (subject: string): boolean => subjects.some((one) => one === subject || one.startsWith(`${subject}/`));
  expect([...shown].filter((subject) => !isKnown(subject))).toEqual([]);
});

const OF_SOCKETS = 'block-size blocks fanout retire sockets';
const OF_OVS_DPDK =
  'costs/emc costs/emc-miss costs/smc costs/upcall costs/vhost-dequeue costs/vhost-enqueue emc-insert-inv-prob smc upcalls';
const OF_KERNEL_OVS = 'costs/kernel-ovs costs/vhost-net';
const OF_MMAP = 'costs/kernel-rx costs/kernel-tx costs/socket-copy costs/wake';
const OF_VIRTIO = 'costs/virtio-rx costs/virtio-tx virtio-ring';
const OF_DEVICES = 'queues rx-ring tx-ring';

/** What a node of the io lab has no use for. */
const IDLE_IO = [
  [
    'f',
    'ovs-dpdk',
    'dpdk',
    'bridge',
    [
      OF_SOCKETS,
      OF_OVS_DPDK,
      OF_KERNEL_OVS,
      OF_MMAP,
      OF_DEVICES,
      'costs/copy-byte costs/inject costs/kick costs/pmd-rx costs/pmd-tx memory-node retries rx-free-threshold',
    ],
  ],
  [
    'f',
    'ovs-kernel',
    'mmap',
    'bridge',
    [
      OF_OVS_DPDK,
      OF_KERNEL_OVS,
      OF_DEVICES,
      'costs/inject costs/pmd-rx costs/pmd-tx costs/virtio-rx costs/virtio-tx mbufs memory-node retries rx-free-threshold',
    ],
  ],
  [
    'f',
    'ovs-dpdk',
    'dpdk',
    'cable',
    [OF_SOCKETS, OF_OVS_DPDK, OF_KERNEL_OVS, OF_MMAP, OF_VIRTIO, 'costs/copy-byte costs/inject costs/kick memory-node retries'],
  ],
  [
    'b',
    'ovs-dpdk',
    'dpdk',
    'bridge',
    [OF_SOCKETS, OF_KERNEL_OVS, OF_MMAP, 'costs/guest-app costs/inject costs/kick costs/virtio-rx costs/virtio-tx memory-node'],
  ],
  [
    'b',
    'ovs-kernel',
    'dpdk',
    'bridge',
    [
      OF_SOCKETS,
      OF_OVS_DPDK,
      OF_MMAP,
      'costs/guest-app costs/inject costs/kick costs/pmd-rx costs/pmd-tx costs/virtio-rx costs/virtio-tx mbufs memory-node rx-free-threshold',
    ],
  ],
] as const;

describe('COST-01: io settings that a node has no use for are told, and do nothing', () => {
  test.each(IDLE_IO)('%s of a lab with %s, packet-io %s, behind a %s', (node, datapath, mode, behind, idle) => {
    const text = ioLab(datapath, mode, behind);
    const before = behaviourOf(fileOf(text));
    const asked = Object.fromEntries(ioSettings().map(([key, value]) => [`topology/nodes/${node}/io/${key}`, value]));
    const said = findingsOf(changed(text, asked)).filter(
      (message) => message.startsWith('io ') && message.includes(' changes nothing'),
    );
    const told = ioSettings().filter(([key]) =>
      said.some((message) => message.startsWith(`io ${key.replace('/', ' ')} of ${node} `)),
    );
    expect(told.map(([key]) => key).sort()).toEqual(idle.join(' ').split(' ').sort());
    const idly = Object.fromEntries(told.map(([key, value]) => [`topology/nodes/${node}/io/${key}`, value]));
    expect(behaviourOf(fileOf(changed(text, idly))) === before).toBe(true);
  });
});

describe('a command does something, or is refused with a reason', () => {
  test.each(COMMAND_LINES.flatMap(({ text, lines }) => lines.map((line) => [line, text] as const)))('%s', (line, text) => {
    const run = givenFile(text).until(500e6);
    for (const one of line.split('; ')) run.command(one).pass(10e6);
    const position = run.said('CommandReceived').at(-1)?.position ?? 0;
    const refused = run.said('CommandRefused').filter(({ cause }) => cause === position);
    const followed = run.events.filter(
      ({ cause, type }) => cause >= position && type !== 'CommandAccepted' && type !== 'CommandRefused' && type !== 'FramesDropped',
    );
    expect(refused.length > 0 || followed.length > 0).toBe(true);
    expect(refused.length > 0).toBe(line === 'migrate f to h');
  });

  test('and every command is among them', () => {
    const tried = COMMAND_LINES.flatMap(({ lines }) => lines.flatMap((line) => line.split('; '))).map((line) => parseCommand(line));
    const verbs = new Set(tried.map((parsed) => ('command' in parsed ? parsed.command.verb : '')));
    expect(COMMANDS.map(({ verb }) => verb).filter((verb) => !verbs.has(verb as never))).toEqual([]);
  });
});
