/** A pair of firewalls, a host and a router on VFs: what their drivers speak, and how long control planes take. */
import { type Changed, says } from './change.ts';

export const CONTROLLED: Changed = {
  name: 'drivers and control planes',
  text: `
name: inert
duration: 14s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    h2: { kind: hypervisor, platform: kvm }
    n1: { kind: nic, on: h1, model: x540, driver-version: "1.0", vfs: 3 }
    n2: { kind: nic, on: h2, model: x540, vfs: 1 }
    fw1: { kind: firewall, on: h1, native-drivers: { dpdk: { ixgbe: "6.0" } }, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    fw2: { kind: firewall, on: h2, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    vm: { kind: host, on: h1, interfaces: { eth0: { ipv4: 10.0.1.8/24 } } }
    r: { kind: router, interfaces: { e0: { ipv4: 10.0.1.7/24 } } }
    s: { kind: switch }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.9/24 } } }
  links:
    - endpoints: ["n1:wire", "s:p1"]
    - endpoints: ["n2:wire", "s:p2"]
    - endpoints: ["pc:eth0", "s:p3"]
    - endpoints: ["fw1:eth1", "n1:vf0"]
    - endpoints: ["vm:eth0", "n1:vf1"]
    - endpoints: ["r:e0", "n1:vf2"]
    - endpoints: ["fw2:eth1", "n2:vf0"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { pair: { group: 1, timers: aggressive, members: [{ node: fw1, priority: 50 }, { node: fw2 }] } }
flows:
  f: { from: "pc:eth0", to: 10.0.1.1, rate: 100 }
steps:
  - { at: 2s, run: crash fw1 }
  - { at: 6s, run: "link down pc:eth0" }
  - { at: 7s, run: "link up pc:eth0" }
`,
  changes: {
    'topology/nodes/fw1/interfaces/eth1/mailbox-api': '1.0',
    'topology/nodes/vm/interfaces/eth0/mailbox-api': '1.1',
    'topology/nodes/r/interfaces/e0/mailbox-api': 1.2,
    'topology/nodes/fw2/hardware': says('on', 'fw2 is hardware and has no on'),
    'control-plane/mailbox-request': '500us',
    'control-plane/vf-reset': '100ms',
    'control-plane/promotion': '1ms',
    'control-plane/ha1': '1ms',
    'control-plane/cloud-call': says('30s', 'cloud-call changes nothing'),
    'control-plane/carrier': '2s',
  },
};
