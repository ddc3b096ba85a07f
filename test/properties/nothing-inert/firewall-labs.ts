/** Labs of firewalls whose settings need a history: a pair that monitors, and interfaces that do not route. */
import { type Changed, says } from './change.ts';

/** fw1 loses a link, recovers, preempts, loses a path, and is suspended; HA links go one after the other. */
export const MONITORED: Changed = {
  name: 'a pair that monitors',
  text: `
name: inert
duration: 70s
topology:
  nodes:
    h1: { kind: hypervisor }
    h2: { kind: hypervisor }
    fw1: { kind: firewall, on: h1, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24 }, mgmt: { ipv4: 10.0.3.1/24 } } }
    fw2: { kind: firewall, on: h2, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24 }, mgmt: { ipv4: 10.0.3.2/24 } } }
    in: { kind: switch }
    out: { kind: switch }
    t1: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
    t2: { kind: host, interfaces: { eth0: { ipv4: 10.0.2.12/24 } } }
  links:
    - endpoints: ["fw1:eth1", "in:p1"]
    - endpoints: ["fw2:eth1", "in:p2"]
    - endpoints: ["fw1:eth2", "out:p1"]
    - endpoints: ["fw2:eth2", "out:p2"]
    - endpoints: ["t1:eth0", "in:p3"]
    - endpoints: ["t2:eth0", "out:p3"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
    - endpoints: ["fw1:ha1-b", "fw2:ha1-b"]
    - endpoints: ["fw1:ha2", "fw2:ha2"]
    - endpoints: ["fw1:ha2-b", "fw2:ha2-b"]
    - endpoints: ["fw1:mgmt", "fw2:mgmt"]
ha:
  pair:
    group: 1
    members: [{ node: fw1, priority: 50, preemptive: on }, { node: fw2, preemptive: on }]
    ha1-backup: ha1-b
    ha1-encryption: on
    config-sync: on
    heartbeat-backup: on
    ha2: ha2
    ha2-backup: ha2-b
    ha2-tables: on
    ha2-transport: udp
    ha2-keep-alive: on
    passive-link-state: shutdown
    link-bringup: 100ms
    timers:
      ha1-monitor-hold: 2s
      monitor-fail-hold-up: 100ms
      additional-master-hold-up: 200ms
      monitor-fail-hold-down: 4s
      preemption-hold: 5s
      flap-max: 2
    link-monitoring: { condition: any, groups: { g1: { condition: any, interfaces: [eth1, eth2] }, g2: { interfaces: [eth2] } } }
    path-monitoring: { condition: any, groups: { p1: { condition: any, targets: [10.0.1.11, 10.0.2.12] }, p2: { targets: [10.0.2.12] } } }
steps:
  - { at: 5s, run: set fw1 interface/eth1/mtu 1400 }
  - { at: 5s, run: commit fw1 }
  - { at: 10s, run: link down fw1:eth1 }
  - { at: 13s, run: link up fw1:eth1 }
  - { at: 32s, run: crash t1 }
  - { at: 38s, run: power-on t1 }
  - { at: 44s, run: link down fw1:ha1 }
  - { at: 48s, run: link down fw1:ha1-b }
  - { at: 51s, run: link down fw1:mgmt }
  - { at: 53s, run: link up fw1:ha1 }
  - { at: 54s, run: impair fw1:ha2 loss 100% }
  - { at: 69s, run: set fw2 ha/ha1-encryption off }
  - { at: 69s, run: commit fw2 }
`,
  changes: {
    'ha/pair/ha1-backup': says('ha3', 'ha3'),
    'ha/pair/ha1-encryption': 'off',
    'ha/pair/config-sync': 'off',
    'ha/pair/heartbeat-backup': 'off',
    'ha/pair/ha2': says('ha2-b', 'carries HA2 already'),
    'ha/pair/ha2-backup': says('ha1-b', 'carries the backup of HA1 already'),
    'ha/pair/ha2-tables': 'off',
    'ha/pair/ha2-transport': 'ethernet',
    'ha/pair/ha2-keep-alive': 'off',
    'ha/pair/passive-link-state': says('auto', 'links come up after a promotion only where they were down before'),
    'ha/pair/link-bringup': '200ms',
    'ha/pair/members/0/preemptive': 'off',
    'ha/pair/link-monitoring/condition': 'all',
    'ha/pair/link-monitoring/groups/g1/condition': 'all',
    'ha/pair/link-monitoring/groups/g1/interfaces/0': 'eth2',
    'ha/pair/path-monitoring/condition': 'all',
    'ha/pair/path-monitoring/groups/p1/condition': 'all',
    'ha/pair/path-monitoring/groups/p1/targets/0': '10.0.2.12',
    'ha/pair/timers/ha1-monitor-hold': '1s',
    'ha/pair/timers/monitor-fail-hold-up': '150ms',
    'ha/pair/timers/additional-master-hold-up': '300ms',
    'ha/pair/timers/monitor-fail-hold-down': '5s',
    'ha/pair/timers/preemption-hold': '6s',
    'ha/pair/timers/flap-max': 0,
  },
};

export const UNROUTED: Changed = {
  name: "a firewall's interfaces that do not route",
  text: `
name: inert
duration: 3s
topology:
  nodes:
    h: { kind: hypervisor }
    f:
      kind: firewall
      on: h
      virtual-wires: { w: { interfaces: [eth1, eth2], tag-allowed: 0, link-state-pass-through: on } }
      vlans: { v: { interfaces: [eth3, eth4] } }
      interfaces:
        eth1: { mode: virtual-wire }
        eth2: { mode: virtual-wire }
        eth3: { mode: layer2 }
        eth4: { mode: layer2 }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    d: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links:
    - endpoints: ["a:eth0", "f:eth1"]
    - endpoints: ["b:eth0", "f:eth2"]
    - endpoints: ["c:eth0", "f:eth3"]
    - endpoints: ["d:eth0", "f:eth4"]
flows:
  f1: { from: "a:eth0", to: 10.0.0.2, rate: 10 }
  f2: { from: "c:eth0", to: 10.0.1.2, rate: 10 }
steps:
  - { at: 2s, run: link down a:eth0 }
`,
  changes: {
    'topology/nodes/f/virtual-wires/w/interfaces/0': says('eth3', 'f:eth3 is layer2, not virtual-wire'),
    'topology/nodes/f/virtual-wires/w/tag-allowed': 5,
    'topology/nodes/f/virtual-wires/w/link-state-pass-through': 'off',
    'topology/nodes/f/vlans/v/interfaces/1': says('eth1', 'f:eth1 is virtual-wire, not layer2'),
  },
};

export const TAGGED: Changed = {
  name: 'subinterfaces',
  text: `
name: inert
duration: 1s
topology:
  nodes:
    h: { kind: hypervisor }
    s: { kind: switch }
    f: { kind: firewall, on: h, interfaces: { eth1.5: { tag: 7, ipv4: 10.0.0.1/24 } } }
    r: { kind: router, interfaces: { e1.5: { tag: 7, ipv4: 10.0.0.2/24 } } }
    a: { kind: host, interfaces: { eth0.5: { tag: 7, ipv4: 10.0.0.3/24 } } }
  links:
    - endpoints: ["f:eth1", "s:p1"]
    - endpoints: ["r:e1", "s:p2"]
    - endpoints: ["a:eth0", "s:p3"]
flows:
  f1: { from: "a:eth0.5", to: 10.0.0.1, rate: 10 }
  f2: { from: "a:eth0.5", to: 10.0.0.2, rate: 10 }
`,
  changes: {
    'topology/nodes/f/interfaces/eth1.5/tag': 8,
    'topology/nodes/r/interfaces/e1.5/tag': 8,
    'topology/nodes/a/interfaces/eth0.5/tag': 8,
  },
};
