/** PPPoE packets in frames, as the ends of sessions send them. */

import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../../values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../../../values/mac.ts';
import { putU32, u32At } from '../../../wire/big-endian.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import {
  emitPppControl,
  emitPppoe,
  emitTags,
  PPPOE_TAG,
  type PppControl,
  type PppoeKind,
  type PppoeTag,
} from '../../../wire/pppoe.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import type { Turn } from '../../turn/turn.ts';

const NOTHING = new Uint8Array(0);
/** Any service: the only one that labs have (RFC 2516, appendix A). */
export const ANY_SERVICE: PppoeTag = { type: PPPOE_TAG.serviceName, value: NOTHING };

/** Sends a packet of discovery from the MAC that this end has in the session. */
export function sayDiscovery(
  turn: Turn,
  node: string,
  end: Pick<PppEnd, 'interface' | 'mac' | 'peer' | 'session'>,
  kind: Exclude<PppoeKind, 'session'>,
  tags: readonly PppoeTag[],
  cause: Position,
): void {
  const session = kind === 'pads' || kind === 'padt' ? end.session : 0;
  const dst = kind === 'padi' ? BROADCAST : (end.peer as Mac);
  const payload = emitPppoe({ kind, session, payload: emitTags(tags) });
  const frame = emitEthernet({ dst, src: end.mac as Mac, etherType: ETHERTYPE.pppoeDiscovery, payload });
  turn.send(endpointOf({ node, name: end.interface }), padToMinimum(frame), cause);
}

/** Sends a control packet of PPP in the session. */
export function sayControl(turn: Turn, node: string, end: PppEnd, control: PppControl, cause: Position): void {
  const payload = emitPppoe({ kind: 'session', session: end.session, payload: emitPppControl(control) });
  const frame = emitEthernet({ dst: end.peer as Mac, src: end.mac as Mac, etherType: ETHERTYPE.pppoeSession, payload });
  turn.send(endpointOf({ node, name: end.interface }), padToMinimum(frame), cause);
}

export function wordBytes(value: number): Uint8Array {
  const out = new Uint8Array(4);
  putU32(out, 0, value, 'PPP number');
  return out;
}

export function addressBytes(ip: string): Uint8Array {
  return wordBytes(ipv4ToNumber(ip as Ipv4));
}

/** The address in an option; null where it has not four bytes. */
export function addressIn(value: Uint8Array): Ipv4 | null {
  return value.length === 4 ? ipv4FromNumber(u32At(value, 0)) : null;
}
