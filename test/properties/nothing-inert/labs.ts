/** Labs in which every property of a lab file is at work, and for each property another value (change.ts). */
import { AGGREGATED } from './aggregate-labs.ts';
import { type Changed, says } from './change.ts';
import { CLOUDED } from './cloud-lab.ts';
import { CONTROLLED } from './control-lab.ts';
import { MONITORED, TAGGED, UNROUTED } from './firewall-labs.ts';
import { JOINED } from './group-lab.ts';
import { ROUTED6 } from './ipv6-lab.ts';
import { LEASED } from './lease-lab.ts';
import { MOVING } from './migration-lab.ts';
import { DIALLED } from './pppoe-lab.ts';
import { SESSIONS } from './session-lab.ts';
import { BALANCED, CHANNELLED } from './team-lab.ts';

const SWITCHED: Changed = {
  name: 'hosts, a router and switches',
  text: `
name: inert
seed: 1
duration: 3s
topology:
  nodes:
    a:
      kind: host
      interfaces: { eth0: { ipv4: 10.0.0.1/24 } }
      gateway: 10.0.0.2
      routes: [{ to: 10.9.0.0/24, via: 10.0.0.254 }]
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } }, gateway: 10.0.0.254 }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.9.0.3/24 } }, gateway: 10.9.0.254 }
    r:
      kind: router
      interfaces: { e0: { ipv4: 10.0.0.254/24 }, e1: { ipv4: 10.9.0.254/24 } }
      gateway: 10.9.0.9
      routes: [{ to: 10.7.0.0/24, via: 10.9.0.3 }]
    s1: { kind: switch, ports: { p1: { mac-limit: 1, violation: drop } } }
    s2: { kind: switch }
  links:
    - endpoints: ["a:eth0", "s1:p1"]
    - endpoints: ["s1:p2", "s2:p2"]
    - endpoints: ["b:eth0", "s2:p1"]
    - endpoints: ["r:e0", "s2:p3"]
    - endpoints: [{ node: r, interface: e1 }, { node: c, interface: eth0 }]
flows:
  f1: { from: "a:eth0", to: 10.0.0.2, rate: 200, size: 1000, stop: 2s }
  f2: { from: "a:eth0", to: 10.9.0.3, rate: 50, size: 1000 }
  f3: { from: "b:eth0", to: 10.0.0.1, rate: 50, start: 1s }
  f4: { from: "b:eth0", to: 10.7.0.1, rate: 10 }
  f5: { from: "b:eth0", to: 10.6.0.1, rate: 10 }
  f6: { from: "a:eth0", to: 10.8.0.1, rate: 10 }
steps:
  - { at: 1s, run: "guest-mac a:eth0 02:00:00:00:00:77" }
`,
  changes: {
    name: says('not a name', 'is not a name'),
    'mac-seed': 7,
    duration: '2500ms',
    'topology/nodes/a/kind': says('hub', 'is not a node kind'),
    'topology/nodes/a/group': says('none', 'there is no group'),
    'topology/nodes/a/interfaces/eth0/mac': '02:00:00:00:00:01',
    'topology/nodes/a/interfaces/eth0/ipv4': '10.0.0.7/24',
    'topology/nodes/c/interfaces/eth0/mtu': 600,
    'topology/nodes/a/interfaces/eth0/mode': says('layer2', 'has only layer3 interfaces'),
    'topology/nodes/a/interfaces/eth0/nic': says('e1000', 'has no property "nic"'),
    'topology/nodes/a/interfaces/eth0/accelerated': says('off', 'has no property "accelerated"'),
    'topology/nodes/a/interfaces/eth0/management-profile': says('on', 'has no property "management-profile"'),
    'topology/nodes/r/interfaces/e1/management-profile': says('on', 'has no property "management-profile"'),
    'topology/nodes/r/interfaces/e0/mac': '02:00:00:00:00:02',
    'topology/nodes/r/interfaces/e0/ipv4': '10.0.0.253/24',
    'topology/nodes/r/interfaces/e1/ipv4': '10.9.0.253/24',
    'topology/nodes/r/interfaces/e1/mtu': 600,
    'topology/nodes/r/interfaces/e1/mode': says('layer2', 'has only layer3 interfaces'),
    'topology/nodes/r/interfaces/e1/nic': says('e1000', 'has no property "nic"'),
    'topology/nodes/r/interfaces/e1/accelerated': says('off', 'has no property "accelerated"'),
    'topology/nodes/a/gateway': '10.0.0.254',
    'topology/nodes/a/routes/0/to': '10.9.9.0/24',
    'topology/nodes/a/routes/0/via': '10.0.0.2',
    'topology/nodes/r/gateway': '10.9.0.3',
    'topology/nodes/r/routes/0/to': '10.7.9.0/24',
    'topology/nodes/r/routes/0/via': '10.9.0.8',
    'topology/nodes/s1/mtu': 600,
    'topology/nodes/s1/ageing': '10ms',
    'topology/nodes/s2/table-size': 1,
    'topology/nodes/s1/ports/p1/vlan': 10,
    'topology/nodes/s1/ports/p1/mac-limit': 5,
    'topology/nodes/s1/ports/p1/violation': 'shutdown',
    'topology/nodes/s1/ports/p1/arp-limit': 1,
    'topology/links/0/type': says('bridge', 'is not a link type'),
    'topology/links/2/endpoints': ['b:eth0', 's1:p9'],
    'topology/links/4/endpoints/0/node': says('x', 'there is no node'),
    'topology/links/4/endpoints/0/interface': says('e2', 'is not linked'),
    'topology/links/4/endpoints/1/mac': '02:00:00:00:00:03',
    'topology/links/4/endpoints/1/ipv4': says('10.9.0.9/24', 'already has its ipv4'),
    'topology/links/0/rate': '1M',
    'topology/links/0/latency': '1ms',
    'topology/links/0/queue': 100,
    'topology/links/2/mtu': 600,
    'topology/links/0/reserved': says('on', 'a reserved link needs a PF or VF'),
    'flows/f1/from': 'b:eth0',
    'flows/f1/to': '10.9.0.3',
    'flows/f1/rate': 100,
    'flows/f1/size': 500,
    'flows/f3/start': '2s',
    'flows/f1/stop': '1s',
    'steps/0/at': '2s',
    'steps/0/run': 'crash b',
    'topology/defaults': { 'arp-profile': 'static', ageing: '10ms' },
    'topology/kinds': { switch: { ageing: '10ms' } },
    'topology/groups': says({ g: { ageing: '10ms' } }, 'no node is in it'),
  },
};

const AGED: Changed = {
  name: 'a minute in which neighbours age',
  text: `
name: inert
duration: 65s
topology:
  nodes:
    h: { kind: hypervisor }
    v1: { kind: vswitch, on: h }
    a: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24, mtu: 4000 } }, gateway: 10.0.0.253 }
    r: { kind: router, interfaces: { e0: { ipv4: 10.0.0.254/24 }, e1: { ipv4: 10.9.0.254/24 } } }
    f: { kind: firewall, on: h, jumbo: on, interfaces: { eth1: { ipv4: 10.0.0.253/24 }, eth2: { ipv4: 10.9.0.253/24 } }, routes: [{ to: 10.5.0.0/24, via: 10.9.0.9 }], gateway: 10.9.0.3 }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.9.0.3/24, mtu: 4000 } }, gateway: 10.9.0.254 }
    s1: { kind: switch, mtu: 4000 }
    s2: { kind: switch, mtu: 4000 }
  links:
    - endpoints: ["a:eth0", "s1:p1"]
    - endpoints: ["r:e0", "s1:p2"]
    - endpoints: ["f:eth1", "s1:p3"]
    - endpoints: ["r:e1", "s2:p2"]
    - endpoints: ["f:eth2", "s2:p3"]
    - endpoints: ["c:eth0", "s2:p1"]
flows:
  f1: { from: "a:eth0", to: 10.9.0.3, rate: 1, size: 1000 }
  f2: { from: "c:eth0", to: 10.0.0.1, rate: 1 }
  f3: { from: "a:eth0", to: 10.5.0.3, rate: 1 }
  f4: { from: "a:eth0", to: 10.6.0.3, rate: 1 }
  f5: { from: "a:eth0", to: 10.9.0.3, rate: 1, size: 3000 }
  f6: { from: "a:eth0", to: 10.0.0.253, rate: 1, protocol: tcp }
validate:
  f: { expect: [{ flow: f1, received: { min: 1 } }] }
`,
  changes: {
    'topology/nodes/a/arp-profile': 'static',
    'topology/nodes/r/arp-profile': 'vm-host',
    'topology/nodes/f/arp-profile': 'vm-host',
    'topology/nodes/f/gateway': '10.9.0.7',
    'topology/nodes/f/routes/0/to': '10.5.5.0/24',
    'topology/nodes/f/routes/0/via': '10.9.0.3',
    'topology/nodes/f/interfaces/eth1/mac': '02:00:00:00:00:02',
    'topology/nodes/f/interfaces/eth1/mode': says('tap', 'is tap'),
    'topology/nodes/f/interfaces/eth2/ipv4': '10.9.0.252/24',
    'topology/nodes/f/interfaces/eth2/mtu': 600,
    'topology/nodes/f/interfaces/eth2/nic': 'e1000',
    'topology/nodes/f/interfaces/eth2/accelerated': says('off', 'applies only to Azure'),
    'topology/nodes/f/interfaces/eth1/management-profile': 'on',
    'topology/nodes/f/packet-io': 'mmap',
    'topology/nodes/f/jumbo': 'off',
    'topology/nodes/f/cores': 1,
    'topology/nodes/f/use-hypervisor-mac': 'off',
    'topology/nodes/f/vm-mac-base': says('7c:89:c3:dd:a4:00', 'vm-mac-base of f changes nothing'),
    'topology/nodes/f/ha-mode': says('secondary-ip', 'applies only to AWS'),
    'topology/nodes/f/native-drivers': says('placeholder', 'native-drivers of f changes nothing'),
    'topology/nodes/f/on': says('s1', 'not a hypervisor'),
    'topology/nodes/a/on': says('s1', 'not a hypervisor'),
    'topology/nodes/v1/on': says('s1', 'not a hypervisor'),
    'topology/nodes/h/platform': 'kvm',
  },
};

const LOSSY: Changed = {
  name: 'a line that loses frames',
  text: `
name: inert
seed: 1
duration: 1s
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [{ endpoints: ["a:eth0", "b:eth0"], impair: { loss: 10%, jitter: 1ms } }]
flows: { f1: { from: "a:eth0", to: 10.0.0.2, rate: 200, size: 1000 } }
`,
  changes: {
    seed: 2,
    'topology/links/0/impair/delay': '1ms',
    'topology/links/0/impair/jitter': '2ms',
    'topology/links/0/impair/loss': '20%',
    'topology/links/0/impair/corruption': '20%',
    'topology/links/0/impair/rate': '1M',
    'topology/links/0/impair': { 'a:eth0': { loss: '10%', jitter: '1ms' } },
  },
};

/** Policies and groups of a vSwitch on two uplinks; a learning port that leads to a switch with two hosts. */
const VIRTUAL: Changed = {
  name: 'a vSwitch',
  text: `
name: inert
duration: 3s
topology:
  nodes:
    h: { kind: hypervisor }
    v:
      kind: vswitch
      on: h
      uplinks: [up1, up2]
      port-groups:
        g: { vlan: 0, promiscuous: accept, mac-changes: accept }
        l: { mac-learning: { flood: on, limit: 1, limit-policy: drop, ageing: 100ms } }
        other: { vlan: 20 }
      ports: { p1: { group: g }, p2: { vlan: 0, mac-changes: accept }, p4: { group: l }, p5: { group: other }, p6: { promiscuous: accept } }
    g1: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    g2: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    g3: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.3/24 } } }
    g5: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.5/24 } } }
    f: { kind: firewall, on: h, use-hypervisor-mac: off, interfaces: { eth1: { ipv4: 10.0.0.8/24 }, eth2: { ipv4: 10.1.0.8/24 }, eth3: { ipv4: 10.2.0.8/24 } } }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }
    y1: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.11/24 } } }
    y2: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.12/24 } } }
    s: { kind: switch }
    sy: { kind: switch }
  links:
    - endpoints: ["g1:eth0", "v:p1"]
    - endpoints: ["g2:eth0", "v:p2"]
    - endpoints: ["g3:eth0", "v:p3"]
    - endpoints: ["sy:p9", "v:p4"]
    - endpoints: ["g5:eth0", "v:p5"]
    - endpoints: ["f:eth1", "v:p6"]
    - endpoints: ["f:eth2", "v:p7"]
    - endpoints: ["v:up1", "s:p1"]
    - endpoints: ["v:up2", "s:p2"]
    - endpoints: ["x:eth0", "s:p3"]
    - endpoints: ["y1:eth0", "sy:p1"]
    - endpoints: ["y2:eth0", "sy:p2"]
flows:
  f1: { from: "g1:eth0", to: 10.0.0.9, rate: 20, size: 1000 }
  f2: { from: "g2:eth0", to: 10.0.0.9, rate: 20 }
  f3: { from: "g3:eth0", to: 10.0.0.9, rate: 20 }
  f4: { from: "y1:eth0", to: 10.0.0.9, rate: 5 }
  f5: { from: "y2:eth0", to: 10.0.0.9, rate: 5, start: 50ms }
  back1: { from: "x:eth0", to: 10.0.0.1, rate: 20, start: 100ms }
  back2: { from: "x:eth0", to: 10.0.0.2, rate: 20, start: 100ms }
  back3: { from: "x:eth0", to: 10.0.0.3, rate: 20, start: 100ms }
  back4: { from: "x:eth0", to: 10.0.0.11, rate: 20, start: 120ms }
  back5: { from: "x:eth0", to: 10.0.0.12, rate: 20, start: 120ms }
  in: { from: "x:eth0", to: 10.0.0.8, rate: 20 }
steps:
  - { at: 0s, run: "guest-mac g1:eth0 02:00:00:00:00:71" }
  - { at: 0s, run: "guest-mac g2:eth0 02:00:00:00:00:72" }
  - { at: 0s, run: "guest-mac g3:eth0 02:00:00:00:00:73" }
  - { at: 2s, run: "link down v:up1" }
  - { at: 2.6s, run: "link up v:up1" }
`.replace(', eth3: { ipv4: 10.2.0.8/24 }', ''),
  changes: {
    'topology/nodes/v/uplinks': ['up2', 'up1'],
    'topology/nodes/v/promiscuous': 'accept',
    'topology/nodes/v/mac-changes': 'reject',
    'topology/nodes/v/reverse-path-check-promisc': 'on',
    'topology/nodes/v/teaming': 'port-id',
    'topology/nodes/v/detection': 'beacon',
    'topology/nodes/v/profile': 'distributed',
    'topology/nodes/v/failback': 'off',
    'topology/nodes/v/notify-switches': 'off',
    'topology/nodes/v/mtu': 600,
    'topology/nodes/v/mac-learning': { ageing: '100ms' },
    'topology/nodes/v/port-groups/g/vlan': 10,
    'topology/nodes/v/port-groups/g/mac-changes': 'reject',
    'topology/nodes/v/ports/p1/group': 'other',
    'topology/nodes/v/ports/p2/vlan': 10,
    'topology/nodes/v/ports/p6/promiscuous': 'reject',
    'topology/nodes/v/ports/p2/mac-changes': 'reject',
    'topology/nodes/v/port-groups/l/mac-learning/flood': 'off',
    'topology/nodes/v/port-groups/l/mac-learning/limit': 4,
    'topology/nodes/v/port-groups/l/mac-learning/limit-policy': 'allow',
    'topology/nodes/v/port-groups/l/mac-learning/ageing': '2s',
    'topology/nodes/v/port-groups/unused': says({ vlan: 7 }, 'no port is in this group'),
    'topology/nodes/v/datapath': 'ovs-kernel',
    'topology/nodes/v/cores': 1,
  },
};

/** An HA pair that fails over, with hosts of every mind about gratuitous ARP. */
const PAIR: Changed = {
  name: 'an HA pair',
  text: `
name: inert
duration: 20s
topology:
  kinds: { vswitch: { uplinks: [up] } }
  nodes:
    h1: { kind: hypervisor }
    h2: { kind: hypervisor }
    v1: { kind: vswitch, on: h1, forged-transmits: accept, port-groups: { g: { promiscuous: reject, forged-transmits: accept } }, ports: { p3: { group: g } } }
    v2: { kind: vswitch, on: h2 }
    fw1: { kind: firewall, on: h1, use-hypervisor-mac: off, interfaces: { eth1: { ipv4: 10.0.0.254/24 } } }
    fw2: { kind: firewall, on: h2, use-hypervisor-mac: off, interfaces: { eth1: { ipv4: 10.0.0.254/24 } } }
    fw3: { kind: firewall, on: h1, use-hypervisor-mac: off, vm-mac-base: "7c:89:c3:dd:a4:00", interfaces: { eth1: { ipv4: 10.0.0.250/24 } } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    s: { kind: switch, arp-inspection: { bindings: [{ ip: 10.0.0.9, mac: 02:00:00:00:00:09 }] }, ports: { p1: { trusted: on }, p2: { trusted: on }, p3: { trusted: on } } }
    d: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.7/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.9/24, mac: 02:00:00:00:00:09 } } }
  links:
    - endpoints: ["fw1:eth1", "v1:p1"]
    - endpoints: ["fw3:eth1", "v1:p3"]
    - endpoints: ["fw2:eth1", "v2:p1"]
    - endpoints: ["v1:up", "s:p1"]
    - endpoints: ["v2:up", "s:p2"]
    - endpoints: ["a:eth0", "s:p3"]
    - endpoints: ["b:eth0", "s:p4"]
    - endpoints: ["d:eth0", "s:p5"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
    - endpoints: ["fw1:ha2", "fw2:ha2"]
ha:
  pair: { group: 1, members: [{ node: fw1, priority: 50 }, { node: fw2 }], timers: { hello: 8s, heartbeat: 1s, promotion-hold: 500ms, initial-hold: 60s } }
flows:
  f1: { from: "a:eth0", to: 10.0.0.254, rate: 10 }
  f2: { from: "b:eth0", to: 10.0.0.1, rate: 10 }
  f3: { from: "b:eth0", to: 10.0.0.250, rate: 10 }
  f4: { from: "d:eth0", to: 10.0.0.1, rate: 1 }
steps:
  - { at: 10s, run: crash fw1 }
validate:
  v: { description: text, expect: [{ ha: fw2, state: active, at: 15s }] }
  e: { expect: [{ event: GarpSent, where: { node: fw2 }, count: 3, from: 0s, to: 15s }] }
  w: { expect: [{ event: GarpSent, count: 3, from: 1s, within: 15s }] }
  n: { expect: [{ neighbour: { node: a, ip: 10.0.0.254, interface: eth0 }, mac: none }] }
  f: { expect: [{ flow: f1, received: 1, lost: 1, longest-gap: { min: 1h }, rate: 1, latency-p50: { min: 1h }, latency-p99: { min: 1h }, latency-mean: { min: 1h }, limited-by: fw1 }] }
  d: { expect: [{ drops: { at: fw1, reason: interface-down }, count: 0 }] }
`,
  changes: {
    'ha/pair/mode': says('active-active', 'is not an HA mode'),
    'ha/pair/group': 2,
    'ha/pair/members/0/node': says('a', 'HA pairs are made of firewalls'),
    'ha/pair/members/0/ha1': says('ha2', 'not linked to each other'),
    'ha/pair/members/0/priority': 200,
    'ha/pair/timers/hello': '9s',
    'ha/pair/timers/heartbeat': '2s',
    'ha/pair/timers/promotion-hold': '900ms',
    'topology/nodes/v1/forged-transmits': 'reject',
    'topology/nodes/v1/ports/p1/forged-transmits': 'reject',
    'topology/nodes/v1/port-groups/g/forged-transmits': 'reject',
    'topology/nodes/v1/port-groups/g/promiscuous': 'accept',
    'topology/nodes/fw3/vm-mac-base': '7c:89:c2:f9:1d:00',
    'topology/nodes/fw3/use-hypervisor-mac': 'on',
    'topology/nodes/a/ignore-gratuitous': 'on',
    'topology/nodes/d/accept-unsolicited': 'on',
    'topology/nodes/s/arp-inspection': 'off',
    'topology/nodes/s/arp-inspection/bindings/0/ip': '10.0.0.8',
    'topology/nodes/s/arp-inspection/bindings/0/mac': '02:00:00:00:00:08',
    'topology/nodes/s/ports/p3/trusted': 'off',
    'validate/v/description': 'another text',
    'validate/v/expect/0/ha': 'fw1',
    'validate/v/expect/0/state': 'passive',
    'validate/v/expect/0/at': '5s',
    'validate/e/expect/0/event': 'HaStateChanged',
    'validate/e/expect/0/where/node': 'fw1',
    'validate/e/expect/0/count': 10,
    'validate/e/expect/0/from': '14s',
    'validate/e/expect/0/to': '5s',
    'validate/w/expect/0/within': '2s',
    'validate/n/expect/0/neighbour/node': 'b',
    'validate/n/expect/0/neighbour/ip': '10.0.0.77',
    'validate/n/expect/0/neighbour/interface': says('eth7', 'has no interface'),
    'validate/n/expect/0/mac': 'fw1:eth1',
    'validate/f/expect/0/flow': 'f2',
    'validate/f/expect/0/received': 2,
    'validate/f/expect/0/lost': 2,
    'validate/f/expect/0/longest-gap/min': '2h',
    'validate/f/expect/0/rate': 2,
    'validate/f/expect/0/latency-p50/min': '1us',
    'validate/f/expect/0/latency-p99/min': '1us',
    'validate/f/expect/0/latency-mean/min': '1us',
    'validate/f/expect/0/limited-by': 'line',
    'validate/d/expect/0/drops/at': 'a',
    'validate/d/expect/0/drops/reason': 'arp-inspection',
  },
};

/** Connections, one of them to a host that crashes. */
const CONNECTED: Changed = {
  name: 'TCP flows',
  text: `
name: inert
duration: 3s
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - endpoints: ["a:eth0", "b:eth0"]
flows:
  t: { from: "a:eth0", to: 10.0.0.2, protocol: tcp, rate: 10 }
  u: { from: "a:eth0", to: 10.0.0.2, protocol: tcp, rate: 10, stop: 500ms }
steps:
  - { at: 1s, run: crash b }
validate:
  t: { expect: [{ flow: t, outcome: survived, stall: { min: 1h }, retransmissions: 0 }] }
`,
  changes: {
    'flows/u/protocol': 'udp',
    'validate/t/expect/0/outcome': 'stalled',
    'validate/t/expect/0/stall/min': '1s',
    'validate/t/expect/0/retransmissions': { min: 2 },
  },
};

/** One unit alone: how long it waits for a peer. */
const ALONE: Changed = {
  name: 'a unit without its peer',
  text: PAIR.text.replace('initial-hold: 60s', 'initial-hold: 3s').replace('at: 10s, run: crash fw1', 'at: 0s, run: crash fw2'),
  changes: { 'ha/pair/timers/initial-hold': '9s' },
};

/** The same, on bridges. */
function onBridges({ name, text, changes }: Changed, more: Changed['changes']): Changed {
  const own = Object.entries(changes).filter(([path]) => /^topology\/nodes\/s\d?\//.test(path));
  return {
    name: `${name}, on bridges`,
    text: text.replaceAll('kind: switch', 'kind: bridge'),
    changes: { ...Object.fromEntries(own), ...more },
  };
}

const BRIDGED = onBridges(SWITCHED, {
  'topology/nodes/s1/datapath': 'ovs-dpdk',
  'topology/nodes/s1/cores': 1,
  'topology/nodes/s1/ports/p1/bond': says('b', 'has one member'),
  'topology/nodes/s1/ports/p1/vhost': says('client', 'has no vhost-user'),
  'topology/nodes/s1/vhost': says('client', 'vhost of s1 changes nothing'),
  'topology/nodes/s1/dpdk': says('23.11', 'dpdk of s1 changes nothing'),
  'topology/nodes/s1/ovs': says('3.3.0', 'ovs of s1 changes nothing'),
});

const NIC: Changed = {
  name: 'an SR-IOV NIC of 10G',
  text: `
name: inert
duration: 2s
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    n1:
      kind: nic
      on: h
      model: x550
      vfs: 3
      default-pool: off
      pf: { promiscuous: off }
      ports: { vf0: { mac: 02:00:00:00:01:00 }, vf1: { mac: 02:00:00:00:01:09 }, vf2: { vlan: 5, qos: 1 } }
    n2: { kind: nic, on: h, vfs: 0, max-vfs: 4 }
    v: { kind: vswitch, on: h, uplinks: [up], ports: { p2: { vlan: 7 } } }
    g0: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    g2: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.5.2/24 } } }
    g3: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.3/24 } } }
    g4: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.7.4/24 } } }
    f: { kind: firewall, on: h, use-hypervisor-mac: off, native-drivers: { profile: placeholder }, interfaces: { eth1: { ipv4: 10.0.0.8/24 } } }
    s: { kind: switch, ports: { p5: { vlan: 5 }, p7: { vlan: 7 } } }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }
    x5: { kind: host, interfaces: { eth0: { ipv4: 10.0.5.9/24 } } }
    x7: { kind: host, interfaces: { eth0: { ipv4: 10.0.7.9/24 } } }
  links:
    - endpoints: ["n1:wire", "s:p1"]
    - endpoints: ["n1:pf", "v:up"]
    - endpoints: ["n1:vf0", "g0:eth0"]
    - endpoints: ["n1:vf1", "f:eth1"]
    - endpoints: ["n1:vf2", "g2:eth0"]
    - endpoints: ["g3:eth0", "v:p1"]
    - endpoints: ["g4:eth0", "v:p2"]
    - endpoints: ["x:eth0", "s:p2"]
    - endpoints: ["x5:eth0", "s:p5"]
    - endpoints: ["x7:eth0", "s:p7"]
flows:
  f0: { from: "g0:eth0", to: 10.0.0.9, rate: 300, size: 1000 }
  f1: { from: "x:eth0", to: 10.0.0.8, rate: 20 }
  f2: { from: "x5:eth0", to: 10.0.5.2, rate: 20 }
  f3: { from: "x:eth0", to: 10.0.0.3, rate: 20 }
  f4: { from: "x7:eth0", to: 10.0.7.4, rate: 20 }
  f5: { from: "g0:eth0", to: 10.0.0.8, rate: 20 }
  f6: { from: "x:eth0", to: 10.0.0.1, rate: 20 }
steps:
  - { at: 1s, run: "guest-mac g0:eth0 02:00:00:00:00:99" }
  - { at: 1500ms, run: "vf n1:vf2 request 00010004 00000064" }
  - { at: 1500ms, run: "sriov_numvfs n2:pf 4" }
`,
  changes: {
    'topology/nodes/n1/on': says('s', 'not a hypervisor'),
    'topology/nodes/n1/model': 'x710',
    'topology/nodes/n2/vfs': 2,
    'topology/nodes/n2/max-vfs': 2,
    'topology/nodes/n1/pf/promiscuous': 'on',
    'topology/nodes/n1/pf/vlans': [9],
    'topology/nodes/n1/bridge-mode': 'vepa',
    'topology/nodes/n1/traffic-classes': 2,
    'topology/nodes/n1/driver-version': '9.9.9',
    'topology/nodes/n1/vf-capabilities': says(['vlan'], 'has a mailbox'),
    'topology/nodes/h/huge-pages': says('off', 'huge-pages of h changes nothing'),
    'topology/nodes/n1/memory-node': says(1, 'memory-node of n1 changes nothing'),
    'topology/nodes/n1/mtu': 600,
    'topology/nodes/n1/ports/vf0/mac': '02:00:00:00:01:01',
    'topology/nodes/n1/ports/vf0/vlan': 6,
    'topology/nodes/n1/ports/vf0/qos': says(1, 'only a VF with a port VLAN has a priority'),
    'topology/nodes/n1/ports/vf0/trust': 'on',
    'topology/nodes/n1/ports/vf1/spoof-check': 'off',
    'topology/nodes/n1/ports/vf0/state': 'disable',
    'topology/nodes/n1/ports/vf0/max-tx-rate': 1,
    'topology/nodes/n1/ports/vf0/query-rss': says('on', 'X550'),
    'topology/nodes/n1/ports/vf0/driver-capabilities': says(['vlan'], 'has a mailbox'),
    'topology/nodes/f/native-drivers/profile': 'other-vendor-7.0.13',
    'topology/nodes/f/native-drivers/dpdk-release': '22.11',
    'topology/nodes/f/native-drivers/dpdk/ixgbe': '1.2.3',
    'topology/nodes/f/native-drivers/mmap/i40e': says(1, 'a version in quotes'),
  },
};

/** The same with a promiscuous PF, and the firewall reading packet sockets. */
const NIC_MMAP: Changed = {
  name: 'an SR-IOV NIC of 10G, without DPDK',
  text: NIC.text.replace('native-drivers:', 'packet-io: mmap, native-drivers:').replace('promiscuous: off', 'promiscuous: on'),
  changes: {
    'topology/nodes/n1/default-pool': 'on',
    'topology/nodes/f/native-drivers/mmap/ixgbe': '1.2.3',
    'topology/nodes/f/native-drivers/mmap/ixgbevf': '2.11.3',
  },
};

const NIC_40G: Changed = {
  name: 'an SR-IOV NIC of 40G',
  text: NIC.text
    .replace('model: x550', 'model: x710\n      vf-capabilities: [vlan, rss-pf]')
    .replace('mac: 02:00:00:00:01:00', 'mac: 02:00:00:00:01:00, driver-capabilities: [vlan, rss-pf]')
    .replace('00010004 00000064', 'ADD_VLAN 100'),
  changes: {
    'topology/nodes/f/native-drivers/dpdk/i40e': '1.2.3',
    'topology/nodes/n1/traffic-classes': says(2, 'only 10G NICs'),
    'topology/nodes/n1/vf-capabilities': ['vlan'],
    'topology/nodes/n1/vf-capabilities/0': 'req-queues',
    'topology/nodes/n1/ports/vf0/driver-capabilities': ['rss-pf'],
    'topology/nodes/n1/ports/vf0/driver-capabilities/0': 'req-queues',
  },
};

const NIC_100G: Changed = {
  name: 'an SR-IOV NIC of 100G',
  text: NIC_40G.text.replace('model: x710', 'model: e810'),
  changes: {
    'topology/nodes/f/native-drivers/dpdk/ice': '1.2.3',
    'topology/nodes/f/native-drivers/mmap/ice': says(1, 'a version in quotes'),
  },
};

/** A firewall and the bridges of its host, and one on a cable: what io its cores have a use for depends on all of these. */
export function ioLab(datapath: string, mode: string, behind: 'bridge' | 'cable'): string {
  const outside = behind === 'bridge' ? '"b:p1"' : '"f:eth1"';
  return `
name: inert
duration: 20ms
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    b: { kind: bridge, datapath: ${datapath}, cores: 1, io: {} }
    f: { kind: firewall, on: h, packet-io: ${mode}, cores: 1, io: {}, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }
    y: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.8/24 } } }
  links:
    - endpoints: ["x:eth0", ${outside}]
    - endpoints: ["y:eth0", "b:p2"]
    ${behind === 'bridge' ? '- endpoints: ["b:p3", "f:eth1"]' : ''}
flows: { f1: { from: "x:eth0", to: 10.0.0.1, rate: 100000, size: 500 } }
`;
}

export const LABS: readonly Changed[] = [
  SWITCHED,
  AGED,
  LOSSY,
  VIRTUAL,
  CONNECTED,
  PAIR,
  MONITORED,
  SESSIONS,
  AGGREGATED,
  ...LEASED,
  ...DIALLED,
  ...JOINED,
  ...ROUTED6,
  UNROUTED,
  TAGGED,
  ALONE,
  BRIDGED,
  onBridges(PAIR, {}),
  NIC,
  NIC_MMAP,
  NIC_40G,
  NIC_100G,
  MOVING,
  CLOUDED,
  CONTROLLED,
  CHANNELLED,
  BALANCED,
];

/** Lines of commands, for the last of which something follows. */
export const COMMAND_LINES: readonly { readonly text: string; readonly lines: readonly string[] }[] = [
  {
    text: AGED.text,
    lines: [
      'crash f',
      'crash f; power-on f',
      'link down s1:p1',
      'commit f use-hypervisor-mac off',
      'edit-mac f:eth1 00:50:56:aa:00:09',
      'guest-mac a:eth0 02:00:00:00:00:70',
      'packet-io f mmap',
      'unplug f:eth1',
      'unplug f:eth1; plug f:eth1',
      'migrate f to h',
      'impair s1:p1 loss 10%',
      'inspect-arp s1 on',
      'bind s1 10.0.0.9 02:00:00:00:00:70',
      'secure s1:p1 mac-limit 4',
      'port s1:p1 block',
      'ping a 10.9.0.3',
      'arp clear a',
      'flow rate f1 0.5',
      'flow stop f1',
      'flow stop f1; flow start f1',
    ],
  },
  { text: MOVING.text, lines: ['migrate vm to h2'] },
  { text: CONTROLLED.text, lines: ['driver-trouble fw1:eth1 reset', 'dpdk-mac fw1:eth1 add 02:00:5e:00:00:02'] },
  { text: SESSIONS.text, lines: ['session clear f'] },
  {
    text: PAIR.text,
    lines: [
      'set v1 promiscuous accept',
      'license fw3 7c:89:c2:f9:1d:00',
      'ha-process fw1 stop',
      'set fw1 ha/priority 7',
      'set fw1 ha/priority 7; revert fw1',
      'set fw1 interface/eth1/mtu 1400; commit fw1',
      'unset fw1 interface/eth1/ipv4',
      'suspend fw1',
      'suspend fw1; functional fw1',
      'set fw2 ha/config-sync on; commit fw2; set fw1 ha/config-sync on; commit fw1; link down fw1:ha1; set fw1 interface/eth1/mtu 1400; commit fw1; link up fw1:ha1; sync-config fw1',
    ],
  },
  {
    text: NIC.text,
    lines: [
      'ip link set n1:pf vf 0 trust on',
      'ip link set n1:pf promisc on',
      'bridge link set n1:pf hwmode vepa',
      'sriov_numvfs n2:pf 2',
      'ethtool -s n1:pf speed 1000',
      'reset-pf n1:pf',
      'vf n1:vf0 reload',
      'vf n1:vf0 request 00010004 00000064',
      'release n1:vf0',
      'release n1:vf0; assign n1:vf0 g0:eth0',
    ],
  },
  { text: NIC_40G.text, lines: ['vf n1:vf0 refuse no-memory', 'vf n1:vf0 driver-close'] },
];
