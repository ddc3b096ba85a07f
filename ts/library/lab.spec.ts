/** The library: labs built with verbs or read, run and questioned in this process. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { goldenChains } from '../../scripts/golden-file.ts';
import type { RawLabFile } from '../topology/draft/raw.ts';
import { formatFinding, Lab, LabInvalid, Recording } from './index.ts';
import './vitest.ts';

/** Each has properties of its own; the long form takes all labs. */
const SOME = ['ha-assigned-mac', 'late-vf-reset', 'uplink-team', 'vwire-carries'];
const ALL = readdirSync('labs').flatMap((file) => (file.endsWith('.lab.yml') ? [file.slice(0, -'.lab.yml'.length)] : []));
const LABS = process.env['LIBRARY_LABS'] === 'all' ? ALL : SOME;

/** Two hosts behind a switch, and a flow of a hundred frames from one to the other. */
function pair(): Lab {
  const lab = new Lab('pair', { duration: '2s' });
  const h1 = lab.addHost('h1', { ipv4: '10.0.0.1/24' });
  const h2 = lab.addHost('h2', { ipv4: '10.0.0.2/24' });
  const s1 = lab.addSwitch('s1');
  lab.addLink(h1, s1);
  lab.addLink(h2, s1);
  lab.addFlow('up', { from: 'h1:eth0', to: '10.0.0.2', rate: 100, size: 128, start: '0s', stop: '1s' });
  return lab;
}

/** The lab that a file describes, by the calls of a program. */
function rebuilt(file: RawLabFile): Lab {
  const { name = '', topology = {}, ha = {}, flows = {}, steps = [], validate = {}, ...options } = file;
  const lab = new Lab(name, options as ConstructorParameters<typeof Lab>[1]);
  const verbs = {
    hypervisor: lab.addHypervisor,
    vswitch: lab.addVswitch,
    switch: lab.addSwitch,
    bridge: lab.addBridge,
    nic: lab.addNic,
    firewall: lab.addFirewall,
    host: lab.addHost,
    router: lab.addRouter,
  };
  const { defaults, kinds = {}, groups = {}, nodes = {}, links = [] } = topology;
  for (const [kind, properties] of Object.entries(kinds)) lab.setKind(kind as 'host', (properties ?? {}) as object);
  for (const [own, properties] of Object.entries(nodes)) {
    const group = properties?.group === undefined ? {} : groups[properties.group];
    const { kind = 'host', ...more } = { ...defaults, ...group, ...properties };
    const { group: _, ...own2 } = more;
    verbs[kind].call(lab, own, own2 as object);
  }
  for (const { endpoints: [a = '', b = ''] = [], ...more } of links.filter((one) => one !== undefined)) lab.addLink(a, b, more);
  for (const [own, { members = [], ...more }] of Object.entries(ha))
    lab.addHaPair(
      own,
      members.filter((one) => one !== undefined),
      more,
    );
  for (const [own, flow] of Object.entries(flows)) lab.addFlow(own, flow);
  for (const step of steps) lab.addStep(String(step?.at), step?.run ?? '');
  for (const [own, { expect: expected = [], description }] of Object.entries(validate)) {
    lab.addCheck(
      own,
      expected.filter((one) => one !== undefined),
      description,
    );
  }
  return lab;
}

describe('a lab built with verbs', () => {
  test('has the golden chain of the same file, and the same verdicts', () => {
    const file = parse(readFileSync('labs/ha-assigned-mac.lab.yml', 'utf8')) as RawLabFile;
    const lab = rebuilt(file);
    const { chain, checks, frames } = lab.run();
    expect(chain).toBe(goldenChains()['ha-assigned-mac']);
    expect(checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(checks).toHaveLength(7);
    expect(frames.holds).toBe(true);
  });

  test.each(LABS)('is defined as the file %s defines it, and so is its own text', (file) => {
    const text = readFileSync(`labs/${file}.lab.yml`, 'utf8');
    const { chain } = new Lab({ text, file }).begin();
    const lab = rebuilt(parse(text) as RawLabFile);
    expect(lab.begin().chain).toBe(chain);
    expect(new Lab({ text: lab.toYaml() }).begin().chain).toBe(chain);
    expect(lab.validate().filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('gives a link the next free interface of each node', () => {
    const lab = new Lab('names');
    lab.addHost('h1');
    lab.addSwitch('s1');
    lab.addFirewall('fw1', { interfaces: { ha1: { mode: 'ha' }, eth3: {} } });
    expect(lab.addLink('h1', 's1')).toEqual(['h1:eth0', 's1:p1']);
    expect(lab.addLink('s1', 's1')).toEqual(['s1:p2', 's1:p3']);
    expect(lab.addLink('fw1', 's1')).toEqual(['fw1:eth3', 's1:p4']);
    expect(lab.addLink('fw1', { node: 'h1', ipv4: '10.0.0.1/24' })).toEqual(['fw1:eth1', 'h1:eth1']);
  });

  test('names the calls of all mistakes at once', () => {
    const lab = pair();
    lab.addHost('h3', { gateway: 'nowhere', interfaces: { eth0: { ipv4: '10.0.0.300/24' } } });
    lab.addLink('h3', 's9');
    lab.addFlow('down', { from: 'h9:eth0', to: '10.0.0.1', rate: 1 });
    lab.addStep('9s', 'crsh h1');
    const lines = lab.validate().map(formatFinding);
    expect(lines.map((line) => line.split(': error: ')[0])).toEqual([
      "addHost('h3') interfaces.eth0.ipv4",
      "addHost('h3') gateway",
      "addLink('h3', 's9') endpoints.1",
      "addFlow('down') from",
      "addStep('9s', 'crsh h1') run",
      "addStep('9s', 'crsh h1') at",
    ]);
    expect(() => lab.run()).toThrow(LabInvalid);
  });

  test('refuses a second node of a name, what no file can say, and building once it has begun', () => {
    const lab = pair();
    expect(() => lab.addHost('h1')).toThrow('there is a "h1" already');
    expect(() => lab.addRouter('r1', { gateway: (() => '') as unknown as string })).toThrow("addRouter('r1') gateway");
    expect(() => lab.addStep('1s', 'x'.repeat(16_385))).toThrow('run: expected at most 16384 characters in one text; found 16385');
    lab.begin();
    expect(() => lab.addHost('h9')).toThrow('the lab has begun');
    expect(() => lab.run()).toThrow('the lab has begun already');
  });

  test('may carry names that every object has', () => {
    const lab = new Lab('names', { duration: '1s' });
    lab.addHost('constructor', { ipv4: '10.0.0.1/24' });
    lab.addHost('valueOf', { ipv4: '10.0.0.2/24' });
    lab.addLink('constructor', 'valueOf');
    expect(
      new Lab({ text: lab.toYaml() })
        .begin()
        .at()
        .nodes.map(({ node }) => node),
    ).toEqual(['constructor', 'valueOf']);
  });
});

describe('a lab read from a text', () => {
  test('finds mistakes at their lines, and those of calls at the calls', () => {
    const lab = new Lab({ text: 'name: x\ntopology:\n  nodes:\n    h1: { kind: hots }\n', file: 'x.lab.yml' });
    lab.addHost('h2', { gateway: '10' });
    expect(lab.validate().map((one) => formatFinding(one).split(': error: ')[0])).toEqual([
      'x.lab.yml:4:17',
      "addHost('h2') gateway",
    ]);
    expect(() => new Lab({ text: 'a: [', file: 'x.lab.yml' })).toThrow(/x\.lab\.yml:1:\d+: error: not YAML/);
  });

  test('is its text until a call adds to it', () => {
    const text = readFileSync('labs/link-monitor.lab.yml', 'utf8');
    const lab = new Lab({ text });
    expect(lab.toYaml()).toBe(text);
    lab.addHost('extra');
    expect((parse(lab.toYaml()) as RawLabFile).topology?.nodes?.['extra']).toEqual({ kind: 'host' });
  });

  test('has the golden chain of its file, its name, and verifies', () => {
    const lab = Lab.open('labs/uplink-team.lab.yml');
    expect(lab.name).toBe('uplink-team');
    expect(lab.run().chain).toBe(goldenChains()['uplink-team']);
    expect(lab).toVerify();
  });
});

describe('a file that cannot be read is named, with what was expected:', () => {
  const wanted = [
    ['nowhere.lab.yml', 'no such file'],
    ['labs', 'it is a directory'],
  ] as const;

  test.each(wanted)('%s, %s', async (path, why) => {
    expect(() => Lab.open(path)).toThrow(`cannot read ${path}: ${why}; expected a lab file`);
    await expect(Recording.open(path)).rejects.toThrow(`cannot read ${path}: ${why}; expected a bundle`);
  });
});

describe('a lab that runs', () => {
  test('goes by steps and commands to the same chain as by its script', () => {
    const scripted = pair();
    scripted.addStep('1.5s', 'crash h2');
    const moved = pair();
    expect(moved.step('1500ms').command('crash h2').accepted).toBe(true);
    moved.step('500ms').step('0s');
    expect(moved.chain).toBe(scripted.run().chain);
  });

  test('answers a command with its outcome', () => {
    const lab = pair();
    expect(lab.command('crash nobody')).toMatchObject({ accepted: false, reasons: [expect.stringContaining('nobody')] });
    const { accepted, position, events } = lab.command('crash h1');
    expect(accepted).toBe(true);
    expect(lab.events({ type: 'CommandReceived' }).at(-1)?.position).toBe(position);
    expect(events.map(({ type }) => type)).toContain('NodePowerChanged');
  });

  test('tells events by type, node, fields and time', () => {
    const lab = pair().step('2s');
    const all = lab.events();
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index + 1));
    const updates = lab.events({ type: 'NeighbourUpdated', node: 'h1' });
    expect(updates.map(({ data }) => data.ip)).toEqual(['10.0.0.2']);
    expect(lab.events({ type: 'NeighbourUpdated', where: { ip: '10.0.0.9' } })).toEqual([]);
    expect(lab.events({ type: ['NeighbourUpdated', 'LabDefined'], from: '0s', to: '0s' }).map(({ type }) => type)).toEqual([
      'LabDefined',
    ]);
    expect(lab.events({ after: all.length - 1 })).toHaveLength(1);
    expect(() => lab.events({ type: 'NeighborUpdated' as 'NeighbourUpdated' })).toThrow('did you mean "NeighbourUpdated"?');
  });

  test('shows itself at any moment of its past as it was then', () => {
    const lab = pair().step('500ms');
    const then = lab.at();
    lab.command('crash h2');
    lab.step('1s');
    expect(lab.at('499999999ns').nodes).toEqual(then.nodes);
    expect(lab.at('499999999ns').derived?.flows).toEqual(then.derived?.flows);
    expect(lab.at('1s').nodes.find(({ node }) => node === 'h2')?.power).toBe('crashed');
    expect(lab.at({ position: 1 }).neighbours).toEqual([]);
    expect(lab.neighbours('h1').map(({ ip }) => ip)).toEqual(['10.0.0.2']);
    expect(lab.drops({ at: 'h2' })).toEqual([{ at: 'h2:eth0', reason: 'interface-down', frames: lab.flow('up').lost }]);
    expect(() => lab.at('9s')).toThrow('9s has not come');
    expect(() => lab.flow('pu')).toThrow('did you mean "up"?');
  });

  test('takes frames from outside', () => {
    const lab = pair();
    lab
      .step('1ms')
      .inject('s1:p1', [new Uint8Array(60).fill(0xff)])
      .step('1ms');
    expect(lab.events({ type: 'FramesReceived' })).toHaveLength(1);
    expect(() => lab.inject('s1:p9', [])).toThrow('there is no interface "s1:p9"');
  });

  test('judges its history by the expectations of a lab file', () => {
    const lab = pair().step('1s');
    lab.command('crash h2');
    lab.step('1s');
    expect(lab.check({ flow: 'up', lost: 0, received: 100 })).toMatchObject({ pass: true, failures: [] });
    expect(lab.check({ flow: 'up', received: 7 }).failures).toEqual(['100 frames of up received, expected exactly 7']);
    expect(lab.check({ neighbour: { node: 'h1', ip: '10.0.0.2' }, mac: 'h2:eth0', at: '900ms' }).pass).toBe(true);
    expect(() => lab.check({ ha: 'h1', state: 'active', at: '9s' })).toThrow(/check\(\) 0\.ha.*\n.*check\(\) 0\.at/);
  });

  test('refuses questions before it has begun', () => {
    expect(() => pair().events()).toThrow('the lab has not begun');
  });
});
