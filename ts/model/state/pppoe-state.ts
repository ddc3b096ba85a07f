/** PPPoE sessions that are open, at each of their ends, folded from events. */
import { parseIpv4 } from '../../values/ipv4-address.ts';
import { named } from '../../values/named.ts';
import type { Position } from '../events/events.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Evolvers } from './evolvers.ts';
import { type LeaseStates, setAddress } from './lease-state.ts';

/** A session as one end has it. */
export interface PppoeSession {
  role: string;
  session: number;
  /** This end's MAC and the other's. */
  mac: string;
  peer: string;
  ip: string;
  peerIp: string;
  since: Position;
}

export interface PppoeStates extends LeaseStates {
  /** By the interface of this end, then by the session's number. */
  pppoe: Record<Endpoint, Record<string, PppoeSession>>;
}

export const PPPOE_EVOLVERS: Evolvers<PppoeStates> = {
  PppoeOpened: (state, { node, interface: name, role, session, mac, peer, ip, peerIp }, event) => {
    const endpoint = `${node}:${name}`;
    if (!state.lab?.interfaces.some((iface) => iface.node === node && iface.name === name)) return;
    state.pppoe[endpoint] ??= named();
    const sessions = state.pppoe[endpoint];
    if (sessions !== undefined) sessions[session] = { role, session, mac, peer, ip, peerIp, since: event.position };
    const address = parseIpv4(ip);
    if (role === 'client' && address !== null && isClient(state, endpoint))
      setAddress(state, endpoint, { address: { address, prefix: 32 }, gateway: parseIpv4(peerIp) });
  },
  PppoeClosed: (state, { node, interface: name, role, session }) => {
    const endpoint = `${node}:${name}`;
    const sessions = state.pppoe[endpoint];
    if (sessions?.[session] === undefined) return;
    delete sessions[session];
    if (Object.keys(sessions).length === 0) delete state.pppoe[endpoint];
    if (role === 'client' && isClient(state, endpoint)) setAddress(state, endpoint, null);
  },
};

function isClient({ lab }: PppoeStates, endpoint: Endpoint): boolean {
  return lab?.interfaces.some(({ node, name, pppoe }) => pppoe !== undefined && `${node}:${name}` === endpoint) ?? false;
}
