/** Link monitoring: carrier of interfaces (rule HA-09). */
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';
import { report } from './monitor.ts';

/** Records what changed of the interfaces that the pair monitors. A link that HA itself keeps down has not failed. */
export function followCarrier(turn: Turn, node: string): void {
  const names = new Set(unitOf(turn, node)?.pair.linkMonitoring?.groups.flatMap(({ of }) => of));
  for (const what of names) {
    const endpoint = `${node}:${what}`;
    const port = turn.state.interfaces[endpoint];
    if (port === undefined) continue;
    const isShut = Object.hasOwn(turn.memory(node).shut ?? {}, endpoint);
    const failed = !port.isUp && !isShut;
    // A link that was down before counts since the unit wants it: since it has its role. HA may have kept it down before its cable was cut.
    const downSince = () => turn.later(port.carrierSince, turn.memory(node).cut[endpoint] ?? 0);
    const cause = () => (failed ? turn.later(downSince(), haOf(turn, node).since) : port.carrierSince);
    report(turn, node, { kind: 'link', what, failed, cause });
  }
}
