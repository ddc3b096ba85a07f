/** Neighbour solicitations, and the frames that messages of neighbour discovery travel in. */
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { usableAddresses } from '../../../model/state/ipv6-state.ts';
import { groupMac, type Ipv6, solicitedNode } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet } from '../../../wire/ethernet.ts';
import { emitDiscovery } from '../../../wire/neighbour-discovery.ts';
import type { Turn } from '../../turn/turn.ts';

/** A question for the MAC of an address: to its solicited-node group, or to the MAC of an entry that is verified. */
export function solicitationFrame(turn: Turn, iface: LabInterface, target: Ipv6, mac: Mac | ''): Uint8Array | null {
  const own = usableAddresses(turn.state, endpointOf(iface));
  const src = own.find(({ origin }) => origin !== 'link-local') ?? own[0];
  if (src === undefined) return null;
  const group = solicitedNode(target);
  const message = { kind: 'solicitation', target, mac: usedMac(turn, iface) } as const;
  const packet = emitDiscovery(message, src.ip, mac === '' ? group : target);
  return discoveryFrame(usedMac(turn, iface), mac === '' ? groupMac(group) : mac, packet);
}

export function discoveryFrame(src: Mac, dst: Mac, payload: Uint8Array): Uint8Array {
  return emitEthernet({ dst, src, etherType: ETHERTYPE.ipv6, payload });
}

export function usedMac(turn: Turn, iface: LabInterface): Mac {
  return turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
}
