/** What becomes of the connections of TCP flows, for the log: they connect, are reset, or time out. */
import type { FlowNotice } from '../../../dataplane/dataplane.ts';
import type { Position } from '../../../model/events/events.ts';
import { endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { Flow } from '../../../model/lab/flow.ts';
import { pathBetween } from '../../../model/lab/path.ts';
import { blockers } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';

/** The data plane says that a client is connected, or that its connection was ended for it. */
export function sayConnection(turn: Turn, notice: FlowNotice): void {
  const flow = turn.index.lab.flows[notice.flow];
  if (flow === undefined) throw new RangeError(`there is no flow ${notice.flow}`);
  const { node, name } = splitEndpoint(flow.from);
  const of = { node, interface: name, flow: flow.name };
  const cause = Math.max(1, notice.cause);
  switch (notice.state) {
    case 'established':
      turn.say('FlowConnected', cause, of);
      break;
    case 'reset':
    case 'refused': {
      const by = turn.index.lab.interfaces[notice.port]?.node ?? '';
      turn.say('FlowReset', cause, { ...of, by, refused: notice.state === 'refused' });
      break;
    }
    case 'timed-out':
      turn.say('FlowTimedOut', blockerOf(turn, flow) ?? cause, { ...of, connected: notice.connected });
      break;
    default:
      throw new RangeError(`state ${notice.state} of a flow is not told`);
  }
}

/** The first event that keeps frames off the path between both ends now; null for none. */
function blockerOf(turn: Turn, { from, to }: Flow): Position | null {
  const server = turn.index.lab.interfaces.find(({ ipv4 }) => ipv4.some(({ address }) => address === to));
  if (server === undefined) return null;
  return blockers(turn, pathBetween(turn.index, from, endpointOf(server)))[0] ?? null;
}
