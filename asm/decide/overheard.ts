/** Why an interface receives what is not for it: the switch before it sends it copies. Asked before a drop only. */
import { lineAt } from '../frame/line';
import * as L from '../memory/layout';
import * as N from '../memory/nic-layout';
import { nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { poolOf } from '../nic/nic';

/** The event since which a port receives frames for others, as the far end of its line is promiscuous (rules VSW-06, VF-09); else 0. */
export function overheardSince(port: Port, destination: u64): u32 {
  const line = port.parent === 0 ? port.line : portAt(port.parent - 1).line;
  if (line === <u32>L.NONE) return 0;
  const far = portAt(lineAt(line).to);
  if (far.poolAt !== 0) return (poolOf(far).flags & N.POOL_PROMISCUOUS) !== 0 ? poolOf(far).modeCause : 0;
  if (nodeAt(far.node).kind !== <u32>L.NODE_VSWITCH || far.effectiveMac === destination) return 0;
  const both: u32 = L.PORT_PROMISCUOUS | L.PORT_GUEST_PROMISCUOUS;
  return (far.flags & both) === both ? later(far.promiscuousCause, far.guestCause) : 0;
}
