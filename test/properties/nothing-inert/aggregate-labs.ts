/** A lab of a firewall and a switch with three cables, of which two are used at once. */
import { type Changed, says } from './change.ts';

export const AGGREGATED: Changed = {
  name: 'an aggregate',
  text: `
name: inert
duration: 12s
topology:
  nodes:
    h1: { kind: hypervisor }
    fw1:
      kind: firewall
      on: h1
      interfaces: { ae1: { ipv4: 10.0.1.1/24 } }
      aggregates:
        ae1: { members: [eth1, eth2, eth3], lacp: { mode: active, rate: fast, max-ports: 2, port-priority: { eth3: 1 } } }
    sw1:
      kind: switch
      port-channels: { po1: { ports: [p21, p22, p23], lacp: { mode: passive, rate: fast, port-priority: { p21: 2 } } } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
  links:
    - endpoints: ["fw1:eth1", "sw1:p21"]
    - endpoints: ["fw1:eth2", "sw1:p22"]
    - endpoints: ["fw1:eth3", "sw1:p23"]
    - endpoints: ["fw1:eth4", "sw1:p24"]
    - endpoints: ["a:eth0", "sw1:p1"]
steps:
  - { at: 5s, run: link down fw1:eth3 }
`,
  changes: {
    'topology/nodes/fw1/aggregates/ae1/members/0': 'eth4',
    'topology/nodes/fw1/aggregates/ae1/lacp/mode': 'passive',
    'topology/nodes/fw1/aggregates/ae1/lacp/rate': 'slow',
    'topology/nodes/fw1/aggregates/ae1/lacp/system-priority': 7,
    'topology/nodes/fw1/aggregates/ae1/lacp/port-priority/eth3': 40_000,
    'topology/nodes/fw1/aggregates/ae1/lacp/max-ports': 1,
    'topology/nodes/fw1/aggregates/ae1/lacp/fast-failover': 'on',
    'topology/nodes/fw1/aggregates/ae1/lacp/system-mac': '02:00:00:00:00:09',
    'topology/nodes/fw1/aggregates/ae1/lacp/pre-negotiation': says('on', 'only a unit of a pair is passive'),
    'topology/nodes/sw1/port-channels/po1/ports/1': 'p24',
    'topology/nodes/sw1/port-channels/po1/min-links': 3,
    'topology/nodes/sw1/port-channels/po1/lacp/mode': 'active',
    'topology/nodes/sw1/port-channels/po1/lacp/rate': 'slow',
    'topology/nodes/sw1/port-channels/po1/lacp/system-priority': 7,
    'topology/nodes/sw1/port-channels/po1/lacp/port-priority/p21': 50_000,
  },
};
