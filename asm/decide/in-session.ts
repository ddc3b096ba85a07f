/** Packets for other nodes, at a node that passes nothing on without a session (asm/session/). */
import { DROP_NO_LISTENER, DROP_POOL_EXHAUSTED, DROP_TTL_EXPIRED } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { destinationOf, isGroup } from '../frame/ethernet';
import { dropFrame, ownFrame } from '../frame/frame';
import { TTL } from '../frame/ipv4';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { goesOn } from '../session/established';
import { destinationBehind, judge, PASSES, RESETS, translateFrame, verdict } from '../session/judge';
import { bearReset } from '../session/reset';
import { TIME_EXCEEDED } from './icmp-error';
import { reportProblem } from './report-problem';
import { dropTooLong, routePacket, sendPacket } from './route-packet';
import { findRoute, Route } from './routes';

/** One packet for another node. A firewall with zones passes it on within a session; an end host passes nothing on. */
export function receiveInSession(node: Node, index: u32, buffer: Buffer, route: Route | null, ip: u32): void {
  const bytes = bytesOf(buffer);
  if ((node.flags & L.NODE_SESSIONS) === 0 || isGroup(destinationOf(bytes))) {
    dropFrame(buffer, 0, index, DROP_NO_LISTENER, 1);
    return;
  }
  if (load<u8>(bytes + TTL) <= 1) {
    reportProblem(node, buffer, TIME_EXCEEDED, 0, buffer.cause);
    dropFrame(buffer, 0, index, DROP_TTL_EXPIRED, 1);
    return;
  }
  if (!goesOn(node, buffer)) {
    const decided = judge(node, index, buffer, route === null ? L.NONE : (<Route>route).port);
    if (decided !== PASSES) {
      refuseSession(node, index, buffer, decided);
      return;
    }
  }
  if (verdict().translated !== 0) passTranslated(node, index, buffer, route, ip);
  else routePacket(node, index, buffer, route, ip, true);
}

/** A packet that leaves with other addresses; with another destination it may take another way. */
function passTranslated(node: Node, index: u32, buffer: Buffer, route: Route | null, ip: u32): void {
  const to = destinationBehind(node, ip);
  const way = to === ip ? route : findRoute(node, to);
  // Nobody is told of a packet that is translated: the error would name an end that its sender does not know.
  if (way !== null && dropTooLong(node, buffer, <Route>way, false)) return;
  const owned = ownFrame(buffer);
  if (owned === null) {
    dropFrame(buffer, 0, index, DROP_POOL_EXHAUSTED, 0);
    return;
  }
  translateFrame(node, <Buffer>owned);
  routePacket(node, index, <Buffer>owned, way, to, true);
}

function refuseSession(node: Node, index: u32, buffer: Buffer, decided: u32): void {
  const reason = verdict().reason;
  const cause = verdict().cause;
  const reset = decided === RESETS ? bearReset(index, buffer) : null;
  dropFrame(buffer, 0, index, reason, cause);
  if (reset !== null) sendPacket(node, index, <Buffer>reset);
}
