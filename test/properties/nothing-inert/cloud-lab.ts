/** A pair of firewalls in a cloud, and what the file says of the cloud. */
import { type Changed, says } from './change.ts';

export const CLOUDED: Changed = {
  name: 'a pair in a cloud',
  text: `
name: inert
duration: 14s
topology:
  nodes:
    h1: { kind: hypervisor, platform: aws }
    h2: { kind: hypervisor, platform: aws }
    fw1: { kind: firewall, on: h1, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, ha1: { mode: ha } } }
    fw2: { kind: firewall, on: h2, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, ha1: { mode: ha } } }
    s: { kind: switch, fabric: aws }
    r: { kind: router, fabric: aws, interfaces: { e1: { ipv4: 10.0.9.254/24 }, e2: { ipv4: 10.0.1.254/24 } } }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.9.1/24 } }, gateway: 10.0.9.254 }
  links:
    - endpoints: ["fw1:eth1", "s:p1"]
    - endpoints: ["fw2:eth1", "s:p2"]
    - endpoints: ["r:e2", "s:p3"]
    - endpoints: ["pc:eth0", "r:e1"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha:
  pair:
    group: 1
    timers: aggressive
    members: [{ node: fw1, priority: 50 }, { node: fw2 }]
    cloud: { takes: 3s }
flows:
  f: { from: "pc:eth0", to: 10.0.1.1, rate: 100 }
steps:
  - { at: 2s, run: crash fw1 }
`,
  changes: {
    'topology/nodes/s/fabric': says('azure', 'no fabric of aws'),
    'topology/nodes/r/fabric': says('azure', 'is behind s, the fabric of aws'),
    'ha/pair/cloud/moves': 'routes',
    'ha/pair/cloud/takes': '5s',
  },
};
