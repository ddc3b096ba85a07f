/** Uplinks of a vSwitch that are one channel; firewalls behind a load balancer. */
import { type Changed, Says } from './change.ts';

export const CHANNELLED: Changed = {
  name: 'uplinks in a channel',
  text: `
name: inert
duration: 12s
topology:
  nodes:
    h: { kind: hypervisor }
    v:
      kind: vswitch
      on: h
      uplinks: [lag]
      port-channels: { lag: { ports: [u1, u2], min-links: 1, lacp: { mode: active, rate: fast, system-priority: 100, port-priority: { u1: 5 } } } }
    s: { kind: switch, port-channels: { po: { ports: [p1, p2], lacp: { mode: passive, rate: fast } } } }
    # At the same switch, u3 would close a ring.
    apart: { kind: switch }
    g: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }
  links:
    - endpoints: ["g:eth0", "v:g1"]
    - endpoints: ["v:u1", "s:p1"]
    - endpoints: ["v:u2", "s:p2"]
    - endpoints: ["v:u3", "apart:p3"]
    - endpoints: ["x:eth0", "s:p9"]
flows:
  f: { from: "g:eth0", to: 10.0.0.9, rate: 50, start: 6s }
steps:
  - { at: 8s, run: "link down v:u1" }
`,
  changes: {
    'topology/nodes/v/port-channels/lag/ports/1': new Says('u3', 's:p2 leads to v, a vswitch'),
    'topology/nodes/v/port-channels/lag/min-links': 2,
    'topology/nodes/v/port-channels/lag/lacp/mode': 'passive',
    'topology/nodes/v/port-channels/lag/lacp/rate': 'slow',
    'topology/nodes/v/port-channels/lag/lacp/system-priority': 7,
    'topology/nodes/v/port-channels/lag/lacp/port-priority/u1': 50_000,
  },
};

export const BALANCED: Changed = {
  name: 'firewalls behind a load balancer',
  text: `
name: inert
duration: 12s
topology:
  nodes:
    h: { kind: hypervisor, platform: azure }
    f1: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.4/24 }, eth2: { ipv4: 10.0.2.4/24 } } }
    f2: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.5/24 }, eth2: { ipv4: 10.0.2.5/24 } } }
    s: { kind: switch, fabric: azure }
    far: { kind: switch }
    r:
      kind: router
      fabric: azure
      load-balancer: { interval: 1s, failures: 2 }
      interfaces: { e1: { ipv4: 10.0.9.254/24 }, e2: { ipv4: 10.0.1.254/24 } }
      routes: [{ to: 10.0.2.0/24, via: 10.0.1.4 }, { to: 10.0.2.0/24, via: 10.0.1.5 }]
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.9.1/24 } }, gateway: 10.0.9.254 }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.2.9/24 } }, gateway: 10.0.2.5 }
  links:
    - endpoints: ["pc:eth0", "r:e1"]
    - endpoints: ["r:e2", "s:p1"]
    - endpoints: ["f1:eth1", "s:p2"]
    - endpoints: ["f2:eth1", "s:p3"]
    - endpoints: ["f1:eth2", "far:p1"]
    - endpoints: ["f2:eth2", "far:p2"]
    - endpoints: ["x:eth0", "far:p3"]
flows:
  f: { from: "pc:eth0", to: 10.0.2.9, rate: 50 }
  nobody: { from: "pc:eth0", to: 10.0.1.99, rate: 5 }
  expires: { from: "x:eth0", to: 10.0.1.98, rate: 5 }
steps:
  - { at: 3.5s, run: crash f1 }
`,
  changes: {
    'topology/nodes/r/load-balancer/interval': '2s',
    'topology/nodes/r/load-balancer/failures': 3,
    'topology/nodes/r/icmp-errors': 'off',
    'topology/nodes/f2/icmp-errors': 'off',
  },
};
