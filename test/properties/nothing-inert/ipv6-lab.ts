/** Labs of IPv6: a host that takes its addresses from a router's advertisements, the router, and a host whose file names its addresses. */
import { type Changed, says } from './change.ts';

const CLIENT = 'topology/nodes/cli/interfaces/eth1/ipv6';
const ROUTER = 'topology/nodes/rt/interfaces/eth1/ipv6';
const SERVER = 'topology/nodes/srv/interfaces/eth1/ipv6';

const OF_HOSTS = 'only hosts make addresses by SLAAC';

function routed6(kind: 'router' | 'firewall'): Changed {
  return {
    name: `IPv6 by a ${kind}`,
    text: `
name: inert
duration: 12s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    cli: { kind: host, interfaces: { eth1: { mac: 02:00:00:00:00:01, ipv6: { slaac: on } } } }
    talker: { kind: host, interfaces: { eth1: { ipv6: { slaac: on, link-local: "fe80::10" } } } }
    sw1: { kind: switch }
    rt:
      kind: ${kind}
${kind === 'firewall' ? '      on: h1' : ''}
      ipv6-gateway: "2001:db8:1:0:0:ff:fe00:1"
      interfaces:
        eth1:
          ipv6:
            addresses: ["2001:db8:1::1/64"]
            eui64: ["2001:db8:3::/64"]
            stable: ["2001:db8:4::/64"]
            link-local: "fe80::1"
            router-advertisements: { interval: 4s, lifetime: 60s }
        eth2: { ipv6: { addresses: ["2001:db8:2::1/64"] } }
    sw2: { kind: switch }
    near: { kind: host, interfaces: { eth1: { ipv6: { addresses: ["2001:db8:2::20/64"] } } } }
    srv:
      kind: host
      ipv6-gateway: "2001:db8:2::1"
      interfaces:
        eth1:
          mac: 02:00:00:00:00:02
          ipv6:
            addresses: ["2001:db8:2::10/64"]
            eui64: ["2001:db8:2::/64"]
            stable: ["2001:db8:2::/64"]
  links:
    - endpoints: ["rt:eth1", "sw1:p1"]
    - endpoints: ["cli:eth1", "sw1:p2"]
    - endpoints: ["talker:eth1", "sw1:p3"]
    - endpoints: ["rt:eth2", "sw2:p1"]
    - endpoints: ["srv:eth1", "sw2:p2"]
    - endpoints: ["near:eth1", "sw2:p3"]
flows:
  out: { from: "talker:eth1", to: "2001:db8:2::10", rate: 1, start: 5s }
  beyond: { from: "srv:eth1", to: "2001:db8:9::9", rate: 1, start: 6s }
  eui64: { from: "near:eth1", to: "2001:db8:2:0:0:ff:fe00:2", rate: 1, start: 6s }
  stable: { from: "near:eth1", to: "2001:db8:2:0:d8f0:3ba7:8ce0:efa6", rate: 1, start: 6s }
`,
    changes: {
      'topology/nodes/rt/ipv6-gateway': '2001:db8:1::99',
      [`${ROUTER}/addresses/0`]: '2001:db8:1::2/64',
      [`${ROUTER}/eui64/0`]: '2001:db8:7::/64',
      [`${ROUTER}/stable/0`]: '2001:db8:7::/64',
      [`${ROUTER}/link-local`]: 'fe80::2',
      [`${ROUTER}/router-advertisements/interval`]: '3s',
      [`${ROUTER}/router-advertisements/lifetime`]: '0s',
      [`${ROUTER}/router-flag`]: 'off',
      [`${ROUTER}/slaac`]: says('on', OF_HOSTS),
      [`${ROUTER}/interface-ids`]: says('stable', OF_HOSTS),
      'topology/nodes/srv/ipv6-gateway': '2001:db8:2::99',
      [`${SERVER}/addresses/0`]: '2001:db8:2::11/64',
      [`${SERVER}/eui64/0`]: '2001:db8:7::/64',
      [`${SERVER}/stable/0`]: '2001:db8:7::/64',
      'topology/nodes/talker/interfaces/eth1/ipv6/link-local': 'fe80::11',
      [`${SERVER}/interface-ids`]: says('stable', 'has interface-ids, but makes no addresses by SLAAC'),
      [`${SERVER}/router-advertisements/interval`]: says('3s', 'routers and firewalls advertise themselves'),
      [`${SERVER}/router-advertisements/lifetime`]: says('60s', 'routers and firewalls advertise themselves'),
      [`${SERVER}/router-flag`]: says('off', 'only advertisements of routers and firewalls have the router flag'),
      [`${CLIENT}/slaac`]: 'off',
      [`${CLIENT}/interface-ids`]: 'stable',
      [`${CLIENT}/duplicate-address-detection`]: 'on',
      [`${ROUTER}/duplicate-address-detection`]: says('on', OF_HOSTS),
      [`${SERVER}/duplicate-address-detection`]: says('on', 'has duplicate-address-detection, but makes no addresses by SLAAC'),
    },
  };
}

export const ROUTED6: readonly Changed[] = [routed6('router'), routed6('firewall')];
