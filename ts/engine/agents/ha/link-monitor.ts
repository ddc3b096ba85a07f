/** Link monitoring: carrier of interfaces (rule HA-09). */
import { cabledOf, isAggregate, membersOf } from '../../../model/lab/aggregates.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt } from '../../../model/lab/lab-index.ts';
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
    const lines = cabledOf(turn.index, endpoint);
    const { shut, cut } = turn.memory(node);
    const isShut = lines.some((line) => Object.hasOwn(shut ?? {}, line));
    const failed = !port.isUp && !isShut && !isNegotiating(turn, endpoint);
    // A link that was down before counts since the unit wants it: since it has its role. HA may have kept it down before its cable was cut.
    const downSince = () => lines.reduce((since, line) => turn.later(since, cut[line] ?? 0), port.carrierSince);
    const cause = () => (failed ? turn.later(downSince(), haOf(turn, node).since) : port.carrierSince);
    report(turn, node, { kind: 'link', what, failed, cause });
  }
}

/**
 * Whether an aggregate is down only because LACP has not agreed since the unit took its role: a passive unit may not speak it, and a new
 * active one has just begun. Once the aggregate was up, or while no member has carrier, down is a failure.
 */
function isNegotiating(turn: Turn, endpoint: Endpoint): boolean {
  const { node } = splitEndpoint(endpoint);
  const iface = interfaceAt(turn.index, endpoint);
  if (!isAggregate(iface) || iface.aggregate.lacp === undefined) return false;
  const hasCarrier = membersOf(iface).some((member) => turn.state.interfaces[member]?.isUp === true);
  return hasCarrier && (turn.state.interfaces[endpoint]?.carrierSince ?? 0) <= haOf(turn, node).since;
}
