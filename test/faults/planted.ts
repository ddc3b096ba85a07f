/**
 * Labs with one planted fault, each from a seed: a policy, a VLAN, a MAC, an address, an MTU, an inspection, a VF, a cable, a rate …
 *
 *   guest ── vsw ──┐               ┌── office
 *   other ──┘      sw ── r | fw ── sw2 ── server
 *   vm ── nic1 ────┘
 *
 * What is planted is a property of the file or a step. `named` is what an explanation has to say: its path, or its command.
 */
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { labOf } from '../support/recorded-lab.ts';

export interface Planted {
  readonly seed: number;
  readonly kind: string;
  /** Path of the property, or text of the command. */
  readonly named: string;
  readonly file: LabFile;
}

type Json = Record<string, unknown>;
interface Doc {
  nodes: Record<string, Json>;
  links: Json[];
  flows: Record<string, Json>;
  steps: Json[];
  ha?: Json;
  duration?: string;
}

/** Draws from a seed (mulberry32). */
function drawsOf(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Draw = (below: number) => number;
type Fault = (doc: Doc, draw: Draw) => string;

const NEW_MAC = '02:00:00:99:00:01';

/** Puts properties of a port, or of what else a node has by names. */
function put(doc: Doc, node: string, under: string, name: string, properties: Json): void {
  const target = doc.nodes[node] as Json;
  const named = (target[under] ?? {}) as Record<string, Json>;
  target[under] = { ...named, [name]: { ...named[name], ...properties } };
}

function step(doc: Doc, at: string, run: string): string {
  doc.steps.push({ at, run });
  return run;
}

function linkOf(doc: Doc, draw: Draw): number {
  return draw(doc.links.length);
}

/** The guest has another MAC, and its neighbours ask anew. */
function changeMac(doc: Doc): void {
  step(doc, '2s', `guest-mac guest:eth0 ${NEW_MAC}`);
  step(doc, '2100ms', `arp clear ${'r' in doc.nodes ? 'r' : 'fw'}`);
  step(doc, '2100ms', 'arp clear office');
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'policy in the file': (doc) => {
    (doc.nodes['vsw'] as Json)['mac-changes'] = 'reject';
    changeMac(doc);
    return 'topology.nodes.vsw.mac-changes';
  },
  'policy on MAC changes': (doc) => {
    changeMac(doc);
    return step(doc, '3s', 'set vsw mac-changes reject');
  },
  'VLAN of a port': (doc, draw) => {
    const [node, port] = [
      ['sw', 'p3'],
      ['sw', 'p4'],
      ['sw', 'p1'],
      ['sw', 'p2'],
      ['sw2', 'p2'],
    ][draw(5)] as [string, string];
    for (const name of node === 'sw' ? ['p1', 'p2', 'p3', 'p4'] : ['p1', 'p2'])
      put(doc, node, 'ports', name, { vlan: name === port ? 30 : 20 });
    return `topology.nodes.${node}.ports.${port}.vlan`;
  },
  'MAC of a guest': (doc) => step(doc, '3s', `guest-mac guest:eth0 ${NEW_MAC}`),
  gateway: (doc, draw) => {
    const node = ['guest', 'vm', 'server'][draw(3)] as string;
    (doc.nodes[node] as Json)['gateway'] = node === 'server' ? '10.0.2.7' : '10.0.1.7';
    return `topology.nodes.${node}.gateway`;
  },
  'address of a flow': (doc) => {
    (doc.flows['office'] as Json)['to'] = '10.0.1.99';
    return 'flows.office.to';
  },
  MTU: (doc, draw) => {
    const side = ['eth1', 'eth2'][draw(2)] as string;
    const name = 'r' in doc.nodes ? 'r' : 'fw';
    put(doc, name, 'interfaces', side, { mtu: 600 + draw(300) });
    return `topology.nodes.${name}.interfaces.${side}.mtu`;
  },
  inspection: (doc, draw) => {
    const node = ['sw', 'sw2'][draw(2)] as string;
    (doc.nodes[node] as Json)['arp-inspection'] = 'on';
    return `topology.nodes.${node}.arp-inspection`;
  },
  cable: (doc, draw) => step(doc, `${2 + draw(3)}s`, `link down ${['sw:p1', 'sw:p2', 'sw2:p2', 'sw2:p1'][draw(4)]}`),
  'loss on a line': (doc, draw) => {
    const number = linkOf(doc, draw);
    (doc.links[number] as Json)['impair'] = { loss: `${10 + draw(50)}%` };
    return `topology.links[${number}].impair.loss`;
  },
  'corruption on a line': (doc, draw) => {
    const number = linkOf(doc, draw);
    (doc.links[number] as Json)['impair'] = { corruption: `${10 + draw(50)}%` };
    return `topology.links[${number}].impair.corruption`;
  },
  'rate of a line': (doc) => {
    Object.assign(doc.links[1] as Json, { rate: '200k', queue: '16KiB' });
    return 'topology.links[1].rate';
  },
  crash: (doc, draw) => step(doc, `${2 + draw(3)}s`, `crash ${['server', 'r' in doc.nodes ? 'r' : 'fw'][draw(2)]}`),
  'limit of MACs': (doc) => {
    put(doc, 'sw', 'ports', 'p1', { 'mac-limit': 1 });
    return 'topology.nodes.sw.ports.p1.mac-limit';
  },
  'VLAN of a VF': (doc, draw) => {
    put(doc, 'nic1', 'ports', 'vf0', { vlan: 30 + draw(9) });
    return 'topology.nodes.nic1.ports.vf0.vlan';
  },
  'link state of a VF': (doc) => {
    put(doc, 'nic1', 'ports', 'vf0', { state: 'disable' });
    return 'topology.nodes.nic1.ports.vf0.state';
  },
  'spoof check': (doc) => {
    // A firewall with MACs of its own on a VF that was given another one: the PF refuses its own (MBX-03), its answers are spoofed (VF-07).
    const { r } = doc.nodes;
    delete doc.nodes['r'];
    doc.nodes['fw'] = { ...(doc.nodes['fw'] ?? { ...r, kind: 'firewall' }), on: 'kvm', 'use-hypervisor-mac': 'off' };
    doc.links = JSON.parse(JSON.stringify(doc.links).replaceAll('"r:', '"fw:').replace('"sw:p4"', '"nic1:vf1"')) as Json[];
    put(doc, 'nic1', 'ports', 'vf1', { mac: '52:54:00:99:00:02', 'spoof-check': 'on' });
    return 'topology.nodes.nic1.ports.vf1.spoof-check';
  },
  'timer of a pair': (doc, draw) => {
    // Two units for the middle; what the takeover takes is nearly all hold.
    const [middle] = Object.keys(doc.nodes).filter((name) => name === 'r' || name === 'fw');
    const { kind: _, ...own } = doc.nodes[middle ?? ''] as Json;
    delete doc.nodes[middle ?? ''];
    for (const unit of ['fw1', 'fw2']) doc.nodes[unit] = { ...own, kind: 'firewall', on: 'kvm' };
    doc.links = JSON.parse(JSON.stringify(doc.links).replaceAll(`"${middle}:`, '"fw1:')) as Json[];
    for (const endpoints of [
      ['fw2:eth1', 'sw:p8'],
      ['fw2:eth2', 'sw2:p8'],
      ['fw1:ha1', 'fw2:ha1'],
    ])
      doc.links.push({ endpoints });
    const members = [{ node: 'fw1', priority: 50 }, { node: 'fw2' }];
    doc.ha = { edge: { group: 1, members, timers: { 'promotion-hold': `${20 + draw(9)}s` } } };
    doc.duration = '45s';
    for (const flow of Object.values(doc.flows)) flow['stop'] = '44s';
    step(doc, `${2 + draw(3)}s`, 'crash fw1');
    return 'ha.edge.timers.promotion-hold';
  },
  loop: (doc, draw) => {
    // A second cable to a switch behind one of the two: what is flooded goes round for ever, as fast as the cables carry it.
    const behind = ['sw', 'sw2'][draw(2)] as string;
    doc.nodes['sw3'] = { kind: 'switch' };
    for (const [own, other] of [
      ['p7', 'p1'],
      ['p9', 'p2'],
    ])
      doc.links.push({ endpoints: [`${behind}:${own}`, `sw3:${other}`], rate: '2M', queue: '16KiB' });
    return `topology.links[${doc.links.length - 1}]`;
  },
  driver: (doc) => {
    // The kernel's driver is slow, and the firewall's packets come through it: a poll driver pays nothing for it.
    const { r } = doc.nodes;
    delete doc.nodes['r'];
    const slow = { 'kernel-rx': 1_000_000, 'kernel-tx': 1_000_000 };
    for (const flow of Object.values(doc.flows)) flow['rate'] = 400;
    const io = { 'packet-io': 'mmap', cores: 1, io: { costs: slow } };
    doc.nodes['fw'] = { ...(doc.nodes['fw'] ?? { ...r, kind: 'firewall', on: 'esx' }), ...io };
    doc.links = JSON.parse(JSON.stringify(doc.links).replaceAll('"r:', '"fw:')) as Json[];
    return 'topology.nodes.fw.packet-io';
  },
  'denied by policy': (doc) => {
    const { r } = doc.nodes;
    delete doc.nodes['r'];
    doc.nodes['fw'] = {
      ...(doc.nodes['fw'] ?? { ...r, kind: 'firewall', on: 'esx' }),
      zones: { in: ['eth1'], out: ['eth2'] },
      policies: [
        { name: 'down', from: 'out', to: 'in', action: 'allow' },
        { name: 'up', from: 'in', to: 'out', action: 'deny' },
      ],
    };
    doc.links = JSON.parse(JSON.stringify(doc.links).replaceAll('"r:', '"fw:')) as Json[];
    return 'topology.nodes.fw.policies';
  },
};

export const KINDS: readonly string[] = Object.keys(FAULTS);

/** The lab of a seed, with its fault. */
export function planted(seed: number): Planted {
  const draw = drawsOf(seed);
  const kind = KINDS[draw(KINDS.length)] as string;
  const middle = draw(2) === 0 ? 'r' : 'fw';
  const doc = soundLab(middle, draw);
  const named = (FAULTS[kind] as Fault)(doc, draw);
  const { nodes, links, flows, steps, ha, duration = '6s' } = doc;
  const more = ha === undefined ? {} : { ha };
  const file = labOf(JSON.stringify({ name: 'planted', seed, topology: { nodes, links }, flows, steps, duration, ...more }));
  return { seed, kind, named, file };
}

/** A lab in which nothing is wrong: it loses the first frames of its flows at most. */
function soundLab(middle: string, draw: Draw): Doc {
  const host = (address: string, more: Json): Json => ({ kind: 'host', interfaces: { eth0: { ipv4: address } }, ...more });
  const inner = { gateway: '10.0.1.1' };
  const interfaces = { eth1: { ipv4: '10.0.1.1/24' }, eth2: { ipv4: '10.0.2.1/24' } };
  const flow = (from: string, to: string): Json => ({
    from: `${from}:eth0`,
    to,
    rate: 40 + draw(100),
    size: 1000 + draw(400),
    start: `${1000 + draw(500)}ms`,
    stop: '5500ms',
  });
  return {
    nodes: {
      esx: { kind: 'hypervisor', platform: 'esxi' },
      kvm: { kind: 'hypervisor', platform: 'kvm' },
      vsw: { kind: 'vswitch', on: 'esx', uplinks: ['up1'] },
      guest: host('10.0.1.11/24', { on: 'esx', ...inner }),
      other: host('10.0.1.13/24', { on: 'esx', ...inner }),
      nic1: { kind: 'nic', on: 'kvm', model: 'x710', vfs: 2 },
      vm: host('10.0.1.12/24', { on: 'kvm', ...inner }),
      sw: { kind: 'switch' },
      office: host('10.0.1.20/24', inner),
      [middle]: middle === 'r' ? { kind: 'router', interfaces } : { kind: 'firewall', on: 'esx', interfaces },
      sw2: { kind: 'switch' },
      server: host('10.0.2.10/24', { gateway: '10.0.2.1' }),
    },
    links: [
      ['guest:eth0', 'vsw:p1'],
      ['vsw:up1', 'sw:p1'],
      ['vm:eth0', 'nic1:vf0'],
      ['nic1:wire', 'sw:p2'],
      ['office:eth0', 'sw:p3'],
      [`${middle}:eth1`, 'sw:p4'],
      [`${middle}:eth2`, 'sw2:p1'],
      ['server:eth0', 'sw2:p2'],
      ['other:eth0', 'vsw:p2'],
    ].map((endpoints) => ({ endpoints })),
    flows: {
      up: flow('guest', '10.0.2.10'),
      down: flow('server', '10.0.1.11'),
      vm: flow('vm', '10.0.2.10'),
      office: flow('office', '10.0.1.11'),
      other: flow('other', '10.0.2.10'),
    },
    steps: [],
  };
}
