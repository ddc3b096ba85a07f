/**
 * `show routing route`: connected, host and static routes of both families. Recorded state.
 *
 * Decision someone may dispute: a route that the peer of a pair sent (HA-19) is static here, as it is there.
 */
import { endpointOf } from '../../model/lab/endpoint.ts';
import { routesInUse } from '../../model/lab/routes.ts';
import { usableAddresses } from '../../model/state/ipv6-state.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { publishState } from '../../services/publish/publish-state.ts';
import { type Ipv4, ipv4FromNumber, ipv4ToNumber, prefixContains } from '../../values/ipv4-address.ts';
import { type Ipv6, isIpv6, isLinkLocal, networkOf, prefixContains6 } from '../../values/ipv6-address.ts';
import { row, type Show } from './show.ts';

const WIDTHS = [43, 39, 6, 10, 5];
const STATIC_METRIC = 10;
const HOST_BITS = { ipv4: 32, ipv6: 128 } as const;

export interface RoutesShown {
  readonly routes: readonly {
    readonly destination: string;
    readonly nexthop: string;
    readonly metric: number;
    readonly kind: 'connected' | 'host' | 'static';
    /** Of a static route: an interface that has carrier is in the network of its next hop. */
    readonly active: boolean;
    /** Null for a host route, and for a static route that is not active. */
    readonly interface: string | null;
  }[];
}

type RouteShown = RoutesShown['routes'][number];

/** An address that an interface with carrier uses. */
interface Own {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

export function readRoutes({ firewall, index, recorded }: FirewallAt): RoutesShown {
  const own = ownAddresses({ firewall, index, recorded });
  const statics = [...routesInUse(firewall), ...(firewall.routes6 ?? [])];
  return {
    routes: [
      ...statics.map(({ network, via }) => staticRoute(`${network.address}/${network.prefix}`, via, own)),
      ...own.flatMap(routesOf),
    ],
  };
}

function ownAddresses({ firewall, index, recorded }: Pick<FirewallAt, 'firewall' | 'index' | 'recorded'>): Own[] {
  const published = publishState(recorded).interfaces.filter(({ node, state }) => node === firewall.name && state === 'up');
  const up = new Set(published.map((one) => one.interface));
  return (index.byNode.get(firewall.name) ?? [])
    .filter(({ name, mode }) => mode === 'layer3' && up.has(name))
    .flatMap((iface) => [
      ...iface.ipv4.map(({ address, prefix }) => ({ interface: iface.name, address, prefix })),
      // Every interface has a link-local address, and none of them is a route.
      ...usableAddresses(recorded, endpointOf(iface))
        .filter(({ ip }) => !isLinkLocal(ip))
        .map(({ ip, prefix }) => ({ interface: iface.name, address: ip, prefix })),
    ]);
}

/** The network of an address, and the address itself. */
function routesOf({ interface: name, address, prefix }: Own): RouteShown[] {
  const network = isIpv6(address) ? networkOf(address, prefix) : networkOf4(address as Ipv4, prefix);
  const [bits, nobody] = isIpv6(address) ? [HOST_BITS.ipv6, '::'] : [HOST_BITS.ipv4, '0.0.0.0'];
  return [
    { destination: `${network}/${prefix}`, nexthop: address, metric: 0, kind: 'connected', active: true, interface: name },
    { destination: `${address}/${bits}`, nexthop: nobody, metric: 0, kind: 'host', active: true, interface: null },
  ];
}

function networkOf4(address: Ipv4, prefix: number): Ipv4 {
  const size = 2 ** (HOST_BITS.ipv4 - prefix);
  return ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size);
}

function staticRoute(destination: string, via: Ipv4 | Ipv6, own: readonly Own[]): RouteShown {
  const found = own.find(({ address, prefix }) => reaches(address, prefix, via));
  return {
    destination,
    nexthop: via,
    metric: STATIC_METRIC,
    kind: 'static',
    active: found !== undefined,
    interface: found?.interface ?? null,
  };
}

function reaches(address: string, prefix: number, via: Ipv4 | Ipv6): boolean {
  if (isIpv6(via)) return isIpv6(address) && prefixContains6({ address, prefix }, via);
  return !isIpv6(address) && prefixContains({ address: address as Ipv4, prefix }, via);
}

const FLAGS = { connected: 'C', host: 'H', static: 'S' } as const;

export function routesText({ routes }: RoutesShown): string {
  return [
    'flags: A:active, C:connect, H:host, S:static',
    '',
    'VIRTUAL ROUTER: default (id 1)',
    '  ==========',
    row(WIDTHS, ['destination', 'nexthop', 'metric', 'flags', 'age', 'interface']),
    ...routes.map(({ destination, nexthop, metric, kind, active, interface: name }) =>
      row(WIDTHS, [destination, nexthop, metric, `${active ? 'A' : ' '} ${FLAGS[kind]}`, '', name ?? '']),
    ),
    `total routes shown: ${routes.length}`,
  ].join('\n');
}

export const SHOW_ROUTE: Show = {
  command: 'show routing route',
  isDerived: false,
  answer: (at) => {
    const data = readRoutes(at);
    return { data, text: routesText(data) };
  },
};
