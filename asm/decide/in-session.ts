/** Packets for other nodes, at a node that passes nothing on without a session (asm/session/). */
import { DROP_POOL_EXHAUSTED } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame, ownFrame } from '../frame/frame';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { portAt } from '../memory/port';
import { destinationBehind, judge, PASSES, RESETS, translateFrame, verdict } from '../session/judge';
import { bearReset } from '../session/reset';
import { dropTooLong, isTooLong, routePacket, sendPacket } from './route-packet';
import { findRoute, Route } from './routes';

/**
 * Whether a packet that may open a session, or change the state of one, goes on as it is, by its route. False: it was dropped, or it left with
 * other addresses.
 */
export function passesJudged(node: Node, index: u32, buffer: Buffer, route: Route | null, ip: u32): bool {
  const decided = judge(node, index, buffer, route === null ? L.NONE : (<Route>route).port);
  if (decided !== PASSES) refuseSession(node, index, buffer, decided);
  else if (verdict().translated === 0) return true;
  else passTranslated(node, index, buffer, route, ip);
  return false;
}

/** A packet that leaves with other addresses; with another destination it may take another way. */
export function passTranslated(node: Node, index: u32, buffer: Buffer, route: Route | null, ip: u32): void {
  const to = destinationBehind(node, ip);
  const way = to === ip ? route : findRoute(node, to);
  // Nobody is told of a packet that is translated: the error would name an end that its sender does not know.
  if (way !== null && isTooLong(buffer, portAt((<Route>way).port))) {
    dropTooLong(node, buffer, (<Route>way).port, false);
    return;
  }
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
