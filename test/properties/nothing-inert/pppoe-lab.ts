/** Labs of a PPPoE client whose MAC is edited, and of its concentrator, which loses power later; and of a pair that takes no warnings. */
import { type Changed, says } from './change.ts';

function dialled(client: 'host' | 'firewall', concentrator: 'host' | 'router', more: Changed['changes'] = {}): Changed {
  const of = client === 'firewall' ? 'kind: firewall, on: h1' : 'kind: host';
  return {
    name: `PPPoE of a ${client} with a ${concentrator}`,
    text: `
name: inert
duration: 14s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    cli: { ${of}, interfaces: { eth1: { ipv4: pppoe, mac: 02:00:00:00:00:01, pppoe-client: { echo-interval: 1s, echo-failures: 3 } } } }
    ac:
      kind: ${concentrator}
      interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24 } }
      pppoe: { interface: eth1, range: 10.0.1.100-10.0.1.199, echo-interval: 1s, echo-failures: 3 }
    rel: { kind: router, interfaces: { eth1: { ipv4: 10.0.2.9/24 } } }
  links:
    - endpoints: ["cli:eth1", "ac:eth1"]
    - endpoints: ["rel:eth1", "ac:eth2"]
steps:
  - { at: 3s, run: "edit-mac cli:eth1 02:00:00:00:00:02" }
  - { at: 8s, run: crash ac }
`,
    changes: {
      'topology/nodes/cli/interfaces/eth1/pppoe-client/echo-interval': '2s',
      'topology/nodes/cli/interfaces/eth1/pppoe-client/echo-failures': 1,
      'topology/nodes/ac/pppoe/interface': says('eth2', 'is not in the network of ac:eth2'),
      'topology/nodes/ac/pppoe/range': '10.0.1.150-10.0.1.199',
      'topology/nodes/ac/pppoe/echo-interval': '2s',
      'topology/nodes/ac/pppoe/echo-failures': 1,
      ...more,
    },
  };
}

const OF_OTHERS = 'has pppoe-client, but no session';

const STRICT: Changed = {
  name: 'a pair that takes no warnings',
  text: `
name: inert
duration: 3s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    sw: { kind: vswitch, on: h1, promiscuous: accept, forged-transmits: accept }
    fw1: { kind: firewall, on: h1, use-hypervisor-mac: off, interfaces: { eth1: { ipv4: 10.0.0.1/24, ipv6: { eui64: 2001:db8::/64 } } } }
    fw2: { kind: firewall, on: h1, use-hypervisor-mac: off, interfaces: { eth1: { ipv4: 10.0.0.1/24, ipv6: { eui64: 2001:db8::/64 } } } }
  links:
    - endpoints: ["fw1:eth1", "sw:p1"]
    - endpoints: ["fw2:eth1", "sw:p2"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { pair: { group: 1, members: [ { node: fw1 }, { node: fw2 } ] } }
steps:
  - { at: 2s, run: commit fw1 use-hypervisor-mac on }
`,
  changes: { 'ha/pair/strict': 'on' },
};

export const DIALLED: readonly Changed[] = [
  dialled('host', 'router', {
    'topology/nodes/rel/interfaces/eth1/pppoe-client/echo-interval': says('2s', OF_OTHERS),
    'topology/nodes/rel/interfaces/eth1/pppoe-client/echo-failures': says(2, OF_OTHERS),
  }),
  dialled('firewall', 'host'),
  STRICT,
];
