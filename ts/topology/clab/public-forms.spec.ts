/** Ten topologies in the forms that containerlab's public examples have; each becomes a lab file that validates, and comes back. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readLabFile } from '../read-lab-file.ts';
import { exportClab } from './export-clab.ts';
import { importClab } from './import-clab.ts';

interface Form {
  readonly name: string;
  readonly text: string;
  readonly nodes: number;
  readonly links: number;
  /** Parts of what is told. */
  readonly told: readonly string[];
}

const FORMS: readonly Form[] = [
  {
    name: 'a single node without links',
    text: 'name: one\ntopology: { nodes: { srl: { kind: nokia_srlinux, type: ixr6, license: license.key } } }',
    nodes: 1,
    links: 0,
    told: ['srl: kind nokia_srlinux'],
  },
  {
    name: 'two nodes back to back, MACs pinned',
    text: `
name: back-to-back
topology:
  nodes: { r1: { kind: nokia_srlinux }, r2: { kind: arista_ceos, image: ceos:4.32 } }
  links:
    - endpoints:
        - { node: r1, interface: e1-1, mac: "00:c1:ab:00:00:01" }
        - { node: r2, interface: eth1 }
      type: veth`,
    nodes: 2,
    links: 1,
    told: ['r1: kind nokia_srlinux', 'r2: kind arista_ceos'],
  },
  {
    name: 'a fabric of two stages, kinds by default',
    text: `
name: clos-3
prefix: __lab-name
topology:
  defaults: { kind: nokia_srlinux }
  kinds: { nokia_srlinux: { image: ghcr.io/nokia/srlinux, type: ixrd2l } }
  nodes: { leaf1: , leaf2: , leaf3: { type: ixrd3l }, spine1: , spine2: { startup-config: spine2.cfg } }
  links:
    - endpoints: ["leaf1:e1-49", "spine1:e1-1"]
    - endpoints: ["leaf1:e1-50", "spine2:e1-1"]
    - endpoints: ["leaf2:e1-49", "spine1:e1-2"]
    - endpoints: ["leaf2:e1-50", "spine2:e1-2"]
    - endpoints: ["leaf3:e1-49", "spine1:e1-3"]
    - endpoints: ["leaf3:e1-50", "spine2:e1-3"]`,
    nodes: 5,
    links: 6,
    told: ['leaf1: kind', 'leaf2: kind', 'leaf3: kind', 'spine1: kind', 'spine2: kind'],
  },
  {
    name: 'routers of Linux and clients with addresses',
    text: `
name: frr
mgmt: { network: frr-mgmt, ipv4-subnet: 172.100.101.0/24 }
topology:
  nodes:
    router1: { kind: linux, image: frrouting/frr:v8, binds: ["router1/daemons:/etc/frr/daemons"] }
    router2: { kind: linux, image: frrouting/frr:v8 }
    pc1: { kind: linux, image: praqma/network-multitool, exec: ["ip addr add 192.168.11.2/24 dev eth1"] }
  links:
    - { endpoints: ["router1:eth1", "router2:eth1"], mtu: 1500, ipv4: ["10.0.0.1/30", "10.0.0.2/30"] }
    - { endpoints: ["router1:eth2", "pc1:eth1"], ipv6: ["2001:db8:1::1/64", "2001:db8:1::2/64"] }`,
    nodes: 3,
    links: 2,
    told: [],
  },
  {
    name: 'three nodes on a bridge of the host',
    text: `
name: bridged
topology:
  nodes: { n1: { kind: linux }, n2: { kind: linux }, n3: { kind: linux }, br-clab: { kind: bridge } }
  links:
    - endpoints: ["n1:eth1", "br-clab:eth1"]
    - endpoints: ["n2:eth1", "br-clab:eth2"]
    - endpoints: ["n3:eth1", "br-clab:eth3"]`,
    nodes: 4,
    links: 3,
    told: [],
  },
  {
    name: 'Open vSwitch between machines of several vendors',
    text: `
name: vendors
topology:
  nodes:
    sros: { kind: nokia_sros, image: vrnetlab/vr-sros, type: sr-1 }
    csr: { kind: cisco_csr1000v, image: vrnetlab/vr-csr }
    vqfx: { kind: juniper_vqfx }
    ovs-br0: { kind: ovs-bridge }
  links:
    - endpoints: ["sros:1/1/c1/1", "ovs-br0:ovsp1"]
    - endpoints: ["csr:Gi2", "ovs-br0:ovsp2"]
    - endpoints: ["vqfx:xe-0/0/0", "ovs-br0:ovsp3"]`,
    nodes: 4,
    links: 3,
    told: ['sros: kind nokia_sros', 'csr: kind cisco_csr1000v', 'vqfx: kind juniper_vqfx'],
  },
  {
    name: 'ways out of the topology',
    text: `
name: ways-out
topology:
  nodes: { a: { kind: linux }, b: { kind: linux } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["a:eth2", "host:a-eth2"]
    - endpoints: ["b:eth2", "mgmt-net:b-eth2"]
    - endpoints: ["a:eth3", "macvlan:enp0s3"]
    - { type: host, endpoint: { node: a, interface: eth4 }, host-interface: a-eth4 }
    - { type: vxlan, endpoint: { node: b, interface: eth5 }, remote: 198.51.100.2, vni: 200, dst-port: 14789 }
    - { type: dummy, endpoint: { node: b, interface: eth6 } }`,
    nodes: 2,
    links: 1,
    told: ['host:a-eth2', 'mgmt-net:b-eth2', 'macvlan:enp0s3', 'type host', 'type vxlan', 'type dummy'],
  },
  {
    name: 'groups with kinds, stages and labels',
    text: `
name: staged
topology:
  groups: { servers: { kind: linux, labels: { role: server } }, cores: { kind: arista_ceos } }
  nodes:
    core1: { group: cores, labels: { graph-level: 1 }, stages: { create: { wait-for: [{ node: srv1, stage: healthy }] } } }
    srv1: { group: servers, ports: ["8080:80/tcp"], env: { MODE: test }, healthcheck: { test: ["CMD", "true"] } }
    srv2: { group: servers, network-mode: none }
  links:
    - endpoints: ["core1:eth1", "srv1:eth1"]
      vars: { speed: 10g }
    - endpoints: ["core1:eth2", "srv2:eth1"]
      labels: { rack: "1" }`,
    nodes: 3,
    links: 2,
    told: ['core1: kind arista_ceos'],
  },
  {
    name: 'parts of a chassis, and many links between two nodes',
    text: `
name: chassis
topology:
  kinds: { nokia_srsim: { license: license.txt } }
  nodes:
    sr: { kind: nokia_srsim, type: SR-7, components: [{ slot: A }, { slot: 1, type: iom4-e }] }
    xrd: { kind: cisco_xrd }
  links:
    - endpoints: ["sr:1/1/1", "xrd:Gi0-0-0-0"]
    - endpoints: ["sr:1/1/2", "xrd:Gi0-0-0-1"]
    - endpoints: ["sr:1/1/3", "xrd:Gi0-0-0-2"]`,
    nodes: 2,
    links: 3,
    told: ['sr: kind nokia_srsim', 'xrd: kind cisco_xrd'],
  },
  {
    name: 'names that begin with digits, subinterface-like ports, jumbo links',
    text: `
name: 5g-core
topology:
  nodes: { 5gc: { kind: linux }, upf: { kind: k8s-kind }, ext: { kind: ext-container } }
  links:
    - { endpoints: ["5gc:n2.100", "upf:n2"], mtu: 9000 }
    - { endpoints: ["upf:n6", "ext:eth0"], mtu: 65000 }`,
    nodes: 3,
    links: 2,
    told: ['n2.100', 'upf: kind k8s-kind', 'ext: kind ext-container', 'MTU 65000'],
  },
];

describe.each(FORMS)('$name', ({ text, nodes, links, told }) => {
  const imported = importClab(text, 'x.clab.yml');
  const read = readLabFile(imported.text ?? '', 'x.lab.yml');

  test('becomes a lab file that validates', () => {
    expect(read.ok ? [] : read.findings).toEqual([]);
    expect([imported.nodes, imported.links]).toEqual([nodes, links]);
  });

  test('tells what has no counterpart, and nothing else', () => {
    const messages = imported.findings.map(({ message }) => message);
    for (const part of told)
      expect(
        messages.some((message) => message.includes(part)),
        `${part} in ${messages.join('; ')}`,
      ).toBe(true);
    expect(messages).toHaveLength(told.length);
  });

  test('comes back with its nodes and links when it is exported again', () => {
    if (!read.ok) throw new Error('no lab');
    const again = importClab(exportClab('x', read.file.lab).text, 'y.clab.yml');
    const network = (lab: string | null) => {
      const { topology } = parse(lab ?? '') as {
        topology: { nodes: Record<string, { kind: string }>; links: { endpoints: string[] }[] };
      };
      return {
        nodes: Object.fromEntries(Object.entries(topology.nodes).map(([name, { kind }]) => [name, kind])),
        links: topology.links.map(({ endpoints }) => endpoints),
      };
    };
    expect(network(again.text)).toEqual(network(imported.text));
  });
});
