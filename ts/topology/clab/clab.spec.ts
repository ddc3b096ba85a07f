/** Topologies of containerlab become lab files, and labs become topologies. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Lab } from '../../model/lab/lab.ts';
import { readLabFile } from '../read-lab-file.ts';
import { exportClab } from './export-clab.ts';
import { importClab } from './import-clab.ts';

interface LabText {
  readonly name: string;
  readonly topology: {
    readonly nodes: Readonly<
      Record<string, { readonly kind: string; readonly on?: string; readonly interfaces?: Readonly<Record<string, object>> }>
    >;
    readonly links: readonly { readonly endpoints: readonly string[]; readonly mtu?: number }[];
  };
}

function imported(text: string): { readonly lab: LabText; readonly told: readonly string[] } {
  const { text: made, findings } = importClab(text, 'x.clab.yml');
  return { lab: parse(made ?? '') as LabText, told: findings.map(({ message }) => message) };
}

/** What containerlab's own examples use: kinds by default, by group and by kind, brief and extended links, ways out of the topology. */
const EXAMPLE = `
name: fabric-01
prefix: ""
mgmt: { network: custom, ipv4-subnet: 172.100.100.0/24 }
topology:
  defaults: { kind: nokia_srlinux }
  kinds:
    nokia_srlinux: { type: ixr-d3l, image: ghcr.io/nokia/srlinux:latest }
    linux: { image: alpine:3 }
  groups:
    clients: { kind: linux }
  nodes:
    leaf1: { startup-config: leaf1.cfg }
    leaf2:
    client1: { group: clients, exec: [ip address add 10.0.0.1/24 dev eth1] }
    client2: { kind: linux, binds: ["x:/x"] }
    br-lan: { kind: bridge }
    ovs: { kind: ovs-bridge }
  links:
    - endpoints: ["leaf1:e1-49", "leaf2:e1-49"]
    - endpoints: ["client1:eth1", "leaf1:ethernet-1/1"]
      mtu: 9000
    - type: veth
      endpoints:
        - { node: client2, interface: eth1, mac: "02:42:ac:11:00:02", ipv4: 10.0.0.2/24, ipv6: "2001:db8::2/64" }
        - { node: leaf2, interface: e1-1 }
    - endpoints: ["client1:eth2", "br-lan:eth1"]
      ipv4: ["192.0.2.1/24", ""]
    - endpoints: ["client2:eth2", "ovs:ovsp1"]
    - endpoints: ["leaf1:e1-2", "host:leaf1-e2"]
    - endpoints: ["leaf2:e1-2", "mgmt-net:leaf2-e2"]
    - type: vxlan
      endpoint: { node: leaf1, interface: e1-3 }
      remote: 198.51.100.7
      vni: 100
      dst-port: 4789
`;

describe('a topology of containerlab becomes a lab file', () => {
  const { lab, told } = imported(EXAMPLE);

  test('that validates', () => {
    const { text } = importClab(EXAMPLE, 'x.clab.yml');
    const read = readLabFile(text ?? '', 'x.lab.yml');
    expect(read.ok ? [] : read.findings).toEqual([]);
  });

  test('with its nodes: containers are hosts, bridges are bridges, and any other kind becomes a host with a warning', () => {
    expect(lab.name).toBe('fabric-01');
    expect(Object.entries(lab.topology.nodes).map(([name, { kind }]) => [name, kind])).toEqual([
      ['leaf1', 'host'],
      ['leaf2', 'host'],
      ['client1', 'host'],
      ['client2', 'host'],
      ['br-lan', 'bridge'],
      ['ovs', 'bridge'],
    ]);
    expect(told.filter((message) => message.includes('no counterpart'))).toEqual([
      'leaf1: kind nokia_srlinux has no counterpart; it becomes a host',
      'leaf2: kind nokia_srlinux has no counterpart; it becomes a host',
    ]);
  });

  test('with its links, MACs, addresses and MTUs; what leads out of the topology is left out with a warning', () => {
    expect(lab.topology.links).toEqual([
      { endpoints: ['leaf1:e1-49', 'leaf2:e1-49'] },
      { endpoints: ['client1:eth1', 'leaf1:ethernet-1/1'], mtu: 9000 },
      { endpoints: ['client2:eth1', 'leaf2:e1-1'] },
      { endpoints: ['client1:eth2', 'br-lan:eth1'] },
      { endpoints: ['client2:eth2', 'ovs:ovsp1'] },
    ]);
    expect(lab.topology.nodes['client1']?.interfaces).toEqual({ eth2: { ipv4: '192.0.2.1/24' } });
    expect(lab.topology.nodes['client2']?.interfaces).toEqual({
      eth1: { mac: '02:42:ac:11:00:02', ipv4: '10.0.0.2/24', ipv6: { addresses: '2001:db8::2/64' } },
    });
    expect(told.filter((message) => message.endsWith('the link is left out'))).toEqual([
      'host:leaf1-e2 is outside of the topology; the link is left out',
      'mgmt-net:leaf2-e2 is outside of the topology; the link is left out',
      'a link of type vxlan leads out of the topology; the link is left out',
    ]);
  });

  test('names that a lab file cannot have are changed, and told once', () => {
    const odd = imported(
      'name: x\ntopology:\n  nodes: { "a|b": { kind: linux }, c: { kind: linux } }\n  links: [ { endpoints: ["a|b:eth0.10", "c:e t"] } ]\n',
    );
    expect(odd.lab.topology.links).toEqual([{ endpoints: ['a-b:eth0-10', 'c:e-t'] }]);
    expect(odd.told).toHaveLength(3);
  });

  test('no two names become one, whichever comes first, and each begins with a letter or a digit', () => {
    const { lab, told } = imported(
      'name: _x\ntopology:\n  nodes: { "a|b": { kind: linux }, a-b: { kind: linux }, "|c": { kind: linux } }\n' +
        '  links:\n    - { endpoints: ["a|b:e 1", "a-b:e-1"] }\n    - { endpoints: ["a|b:e-1", "|c:+"] }\n',
    );
    expect([lab.name, Object.keys(lab.topology.nodes)]).toEqual(['x', ['a-b-2', 'a-b', 'c']]);
    expect(lab.topology.links).toEqual([{ endpoints: ['a-b-2:e-1-2', 'a-b:e-1'] }, { endpoints: ['a-b-2:e-1', 'c:x'] }]);
    expect(told).toHaveLength(5);
  });

  test.each([
    ['"a:{{ if .x }}e1{{ end }}"', 'a:e2'],
    ['"{{ .first }}:e1"', 'a:e2'],
  ])('a template is told that it is one: %s', (...ends) => {
    const text = `name: x\ntopology:\n  nodes: { a: { kind: linux } }\n  links:\n    - { endpoints: [${ends.join(', ')}] }\n`;
    const { text: made, findings } = importClab(text, 'x.clab.yml');
    expect([made, findings.every(({ message }) => message.includes('import a rendered one'))]).toEqual([null, true]);
  });

  test.each([
    ['', 'a topology has a name'],
    ['name: x\n', 'a topology has nodes'],
    ['name: [', 'not YAML'],
    ['name: x\ntopology: { nodes: { a: { kind: linux } }, links: [ { endpoints: ["a:e1", "b:e1"] } ] }', 'there is no node "b"'],
    ['name: x\ntopology: { nodes: { a: { kind: linux } }, links: [ { endpoints: ["a:e1"] } ] }', 'a link has two endpoints'],
    ['name: x\ntopology: { nodes: { a: { kind: linux } }, links: [ 7 ] }', 'a link has two endpoints'],
  ])('what is no topology is refused with its place: %j', (text, message) => {
    const { text: made, findings } = importClab(text, 'x.clab.yml');
    expect(made).toBeNull();
    expect(findings.some((finding) => finding.severity === 'error' && finding.message.includes(message) && finding.line > 0)).toBe(
      true,
    );
  });
});

const labs = readdirSync('labs').filter((name) => name.endsWith('.lab.yml'));

function labOf(file: string): Lab {
  const read = readLabFile(readFileSync(`labs/${file}`, 'utf8'), file);
  if (!read.ok) throw new Error(`${file} is invalid`);
  return read.file.lab;
}

/** What both files say of nodes and links, in one form. */
function network({ nodes, links }: Pick<Lab, 'nodes' | 'links'>): object {
  return {
    nodes: Object.fromEntries(nodes.map((node) => [node.name, [node.kind, 'on' in node ? (node.on ?? null) : null]])),
    links: links.filter(({ reserved, standby }) => !(reserved ?? standby)).map(({ a, b }) => [a, b]),
  };
}

describe('an exported lab comes back with its nodes and links', () => {
  test.each(labs)('%s', (file) => {
    const lab = labOf(file);
    const { lab: back, told } = imported(exportClab('x', lab).text);
    expect(told).toEqual([]);
    const nodes = Object.entries(back.topology.nodes).map(([name, { kind, on }]) => [name, [kind, on ?? null]]);
    expect({ nodes: Object.fromEntries(nodes), links: back.topology.links.map(({ endpoints }) => endpoints) }).toEqual(
      network(lab),
    );
  });

  test('with MACs and addresses of hosts', () => {
    const lab = labOf('ha-assigned-mac.lab.yml');
    const { lab: back } = imported(exportClab('x', lab).text);
    for (const { node, name, mac, ipv4 } of lab.interfaces.filter(({ mode }) => mode === 'layer3')) {
      expect(back.topology.nodes[node]?.interfaces?.[name]).toEqual({ mac, ipv4: `${ipv4[0]?.address}/${ipv4[0]?.prefix}` });
    }
  });
});

test('a topology has only what containerlab allows: its kinds, its forms of links, texts as labels', () => {
  for (const file of labs) {
    const { topology, ...rest } = parse(exportClab('x', labOf(file)).text) as { topology: Topology };
    expect(Object.keys(rest)).toEqual(['name']);
    for (const [name, { kind, labels, ...more }] of Object.entries(topology.nodes)) {
      expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9-._|]*$/);
      expect(['linux', 'bridge']).toContain(kind);
      expect(Object.values(labels).every((value) => typeof value === 'string' && value !== '')).toBe(true);
      expect(more).toEqual({});
    }
    for (const { type, endpoints } of topology.links) {
      const forms = endpoints.map((end) =>
        typeof end === 'string' ? 'brief' : Object.keys(end).every((key) => END_KEYS.includes(key)),
      );
      expect(forms).toEqual(type === 'veth' ? [true, true] : ['brief', 'brief']);
    }
  }
});

const END_KEYS = ['node', 'interface', 'mac', 'ipv4'];

interface Topology {
  readonly nodes: Readonly<Record<string, { readonly kind: string; readonly labels: Readonly<Record<string, unknown>> }>>;
  readonly links: readonly { readonly type?: string; readonly endpoints: readonly (string | object)[] }[];
}
