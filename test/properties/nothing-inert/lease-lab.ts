/** Labs of a DHCP client behind a switch that snoops, a relay, and a server with a reservation: each part as every kind of node it can be. */
import { type Changed, says } from './change.ts';

interface Kinds {
  readonly sw: 'switch' | 'bridge';
  readonly client: 'host' | 'firewall';
  readonly relay: 'host' | 'router' | 'firewall';
  readonly server: 'host' | 'router' | 'firewall';
}

function leased({ sw, client, relay, server }: Kinds, more: Changed['changes'] = {}): Changed {
  const on = (kind: string): string => (kind === 'firewall' ? 'kind: firewall, on: h1' : `kind: ${kind}`);
  const pool = 'topology/nodes/srv/dhcp/pools/0';
  return {
    name: `leases of a ${client} by a ${relay} from a ${server}`,
    text: `
name: inert
duration: 12s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    sw1: { kind: ${sw}, arp-inspection: on, dhcp-snooping: { trusted: [p1] }, ports: { p1: { trusted: on } } }
    cli: { ${on(client)}, interfaces: { eth1: { ipv4: dhcp, mac: 02:00:00:00:00:01, dhcp-client: { client-id: mac, address-probing: off } } } }
    rel: { ${on(relay)}, interfaces: { eth1: { ipv4: 10.0.1.1/24, dhcp-relay: [10.0.2.53] }, eth2: { ipv4: 10.0.2.1/24 } } }
    srv:
      ${on(server).replace(', ', '\n      ')}
      gateway: 10.0.2.1
      interfaces: { eth1: { ipv4: 10.0.2.53/24 } }
      dhcp:
        pools:
          - range: 10.0.1.100-10.0.1.199
            prefix: 10.0.1.0/24
            gateway: 10.0.1.1
            lease: 10s
            reservations: [ { mac: 02:00:00:00:00:01, ip: 10.0.1.20 } ]
  links:
    - endpoints: ["rel:eth1", "sw1:p1"]
    - endpoints: ["cli:eth1", "sw1:p2"]
    - endpoints: ["rel:eth2", "srv:eth1"]
steps:
  - { at: 5s, run: "edit-mac cli:eth1 02:00:00:00:00:02" }
`,
    changes: {
      'topology/nodes/sw1/dhcp-snooping/trusted/0': 'p2',
      'topology/nodes/cli/interfaces/eth1/dhcp-client/client-id': 'duid',
      'topology/nodes/cli/interfaces/eth1/dhcp-client/release-on-mac-change': 'off',
      'topology/nodes/cli/interfaces/eth1/dhcp-client/address-probing': 'on',
      'topology/nodes/rel/interfaces/eth1/dhcp-relay/0': '10.0.2.99',
      [`${pool}/range`]: '10.0.1.150-10.0.1.199',
      [`${pool}/prefix`]: '10.0.0.0/16',
      [`${pool}/gateway`]: '10.0.1.2',
      [`${pool}/lease`]: '20s',
      [`${pool}/reservations/0/mac`]: '02:00:00:00:00:03',
      [`${pool}/reservations/0/ip`]: '10.0.1.21',
      ...more,
    },
  };
}

const OF_OTHERS = 'has dhcp-client, but an address of its own';

export const LEASED: readonly Changed[] = [
  leased({ sw: 'switch', client: 'host', relay: 'host', server: 'host' }),
  leased({ sw: 'bridge', client: 'firewall', relay: 'firewall', server: 'firewall' }),
  leased(
    { sw: 'switch', client: 'host', relay: 'router', server: 'router' },
    {
      'topology/nodes/rel/interfaces/eth1/dhcp-client/client-id': says('duid', OF_OTHERS),
      'topology/nodes/rel/interfaces/eth1/dhcp-client/release-on-mac-change': says('off', OF_OTHERS),
      'topology/nodes/rel/interfaces/eth1/dhcp-client/address-probing': says('on', OF_OTHERS),
    },
  ),
];
