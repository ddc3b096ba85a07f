/** Addresses that interfaces have beside those of the file, as they are published: of IPv6, default routers, DHCP leases and PPPoE sessions. */
import { type Endpoint, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabState } from '../../model/state/lab-state.ts';

export function publishAddresses(state: LabState) {
  const of = (endpoint: Endpoint) => {
    const { node, name } = splitEndpoint(endpoint);
    return { node, interface: name };
  };
  return {
    addresses6: Object.entries(state.addresses6).flatMap(([endpoint, own]) =>
      own.map(({ ip, prefix, origin, status, since }) => ({ ...of(endpoint), ip, prefix, origin, status, since })),
    ),
    routers6: Object.entries(state.routers6).flatMap(([node, routers]) =>
      routers.map(({ interface: name, ip, since }) => ({ node, interface: name, ip, since })),
    ),
    leases: Object.entries(state.leases).map(([endpoint, lease]) => ({ ...of(endpoint), ...lease })),
    grants: Object.entries(state.grants).flatMap(([server, given]) =>
      Object.entries(given).map(([ip, grant]) => ({ server, ip, ...grant })),
    ),
    pppoe: Object.entries(state.pppoe).flatMap(([endpoint, sessions]) =>
      Object.values(sessions).map((session) => ({ ...of(endpoint), ...session })),
    ),
  };
}
