/** A guest that moves to another hypervisor, and what its hypervisors say of that. */
import { type Changed, says } from './change.ts';

export const MOVING: Changed = {
  name: 'a guest that moves',
  text: `
name: inert
duration: 4s
topology:
  nodes:
    h1: { kind: hypervisor, live-migration: { pre-copy: 500ms, stun: 200ms } }
    h2: { kind: hypervisor, live-migration: { guest-announce: off } }
    v1: { kind: vswitch, on: h1, uplinks: [up], port-groups: { web: {} }, ports: { p1: { group: web } } }
    v2: { kind: vswitch, on: h2, uplinks: [up], port-groups: { web: {} } }
    vm: { kind: host, on: h1, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    s: { kind: switch }
  links:
    - endpoints: ["vm:eth0", "v1:p1"]
    - endpoints: ["v1:up", "s:p1"]
    - endpoints: ["v2:up", "s:p2"]
    - endpoints: ["pc:eth0", "s:p3"]
flows:
  f: { from: "pc:eth0", to: 10.0.0.1, rate: 100 }
steps:
  - { at: 1s, run: migrate vm to h2 }
`,
  changes: {
    'topology/nodes/h1/live-migration': 'off',
    'topology/nodes/h1/live-migration/pre-copy': '700ms',
    'topology/nodes/h1/live-migration/stun': '400ms',
    'topology/nodes/h2/live-migration/guest-announce': 'on',
    'topology/nodes/h2/platform': says('aws', 'nobody can have a guest on aws migrated'),
  },
};
