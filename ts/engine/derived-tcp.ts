/** The connection of a TCP flow, read out of linear memory: whether it survived, and how long it stood still. */
import { type ConnectionState, connectionState, portOrNone } from '../dataplane/tcp.ts';
import type { Flow, FlowOutcome } from '../model/lab/flow.ts';
import type { Engine } from './engine.ts';

/** The connection of a TCP flow. Times are nanoseconds. */
export interface TcpReport {
  readonly state: FlowOutcome;
  /** When its SYN was answered; null if it was not. */
  readonly connectedNs: number | null;
  /** Segments that were sent again, by either end. */
  readonly retransmissions: number;
  /** Longest time in which segments were outstanding, sent again, and none was acknowledged; and when it began. */
  readonly longestStallNs: number;
  readonly longestStallFromNs: number;
  /** How long such a stall lasts by now; 0 where there is none. */
  readonly stalledNs: number;
  /** When a RST ended it, and the node that sent the RST; null without one. A RST from outside the lab is of no node. */
  readonly resetNs: number | null;
  readonly resetBy: string | null;
}

/** What a client's state is called in a report; of a live connection, more is asked. */
const OUTCOMES: Readonly<Record<ConnectionState, FlowOutcome>> = {
  closed: 'not-started',
  'syn-sent': 'connecting',
  established: 'survived',
  finished: 'survived',
  reset: 'reset',
  refused: 'refused',
  'timed-out': 'timed-out',
  aborted: 'aborted',
};

/** Null for a flow of UDP frames. */
export function readTcp(engine: Engine, flow: Flow, id: number): TcpReport | null {
  if (flow.protocol !== 'tcp') return null;
  const { control, nowNs } = engine.dataplane;
  const tcp = control.readTcp(id);
  const state = connectionState(tcp.state);
  const resetPort = portOrNone(tcp.resetPort);
  const isStalled = state === 'established' && tcp.retries > 0;
  const progressNs = Number(tcp.progressNs);
  const longestNs = Number(tcp.longestStallNs);
  const stalledNs = isStalled ? nowNs - progressNs : 0;
  const isOpenLongest = stalledNs > longestNs;
  return {
    state: isStalled ? 'stalled' : OUTCOMES[state],
    connectedNs: tcp.connectedNs === 0n ? null : Number(tcp.connectedNs),
    retransmissions: Number(tcp.retransmissions),
    longestStallNs: isOpenLongest ? stalledNs : longestNs,
    longestStallFromNs: isOpenLongest ? progressNs : Number(tcp.longestStallFromNs),
    stalledNs,
    resetNs: state === 'reset' || state === 'refused' ? Number(tcp.endedNs) : null,
    resetBy: resetPort === null ? null : (engine.lab.lab.interfaces[resetPort]?.node ?? null),
  };
}
