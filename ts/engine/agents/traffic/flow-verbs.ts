/** Commands about flows: they start, stop and change their rate while the lab runs. */
import type { Position } from '../../../model/events/events.ts';
import { linkOf } from '../../../model/lab/attachments.ts';
import { splitEndpoint } from '../../../model/lab/endpoint.ts';
import { bitsPerSecond, FLOW_RATE_MAX, type Flow, framesPerSecondOf, intervalOf } from '../../../model/lab/flow.ts';
import type { LabIndex } from '../../../model/lab/lab-index.ts';
import { flowIs } from '../../../model/state/flow-state.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import { suggestion } from '../../../values/did-you-mean.ts';
import { formatSeconds, nanos } from '../../../values/nanos.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';

type FlowCommand = Of<'flow-start'> | Of<'flow-stop'> | Of<'flow-rate'>;

export const FLOW_VERBS: Verbs<'flow-start' | 'flow-stop' | 'flow-rate'> = {
  'flow-start': { refusals, perform: startFlow },
  'flow-stop': { refusals, perform: stopFlow },
  'flow-rate': { refusals, perform: changeRate },
};

function flowNamed(index: LabIndex, name: string): Flow | undefined {
  return index.lab.flows.find((flow) => flow.name === name);
}

function refusals(command: FlowCommand, index: LabIndex, state: Readonly<LabState>): string[] {
  const flow = flowNamed(index, command.flow);
  if (flow === undefined) {
    const names = index.lab.flows.map(({ name }) => name);
    return [`there is no flow "${command.flow}"${suggestion(command.flow, names)}`];
  }
  const { node } = splitEndpoint(flow.from);
  const power = state.nodes[node]?.power === 'running' ? [] : [`${node} has no power`];
  const rate = 'rate' in command && command.rate !== undefined ? rateRefusals(command.rate, flow, index, state) : [];
  const never = command.verb === 'flow-start' && command.forNs === 0 ? ['it would send for no time'] : [];
  return [...power, ...timeRefusals(command, flow, state), ...rate, ...never];
}

/** What a flow does now rules some commands out. */
function timeRefusals({ verb, flow }: FlowCommand, { protocol }: Flow, state: Readonly<LabState>): string[] {
  const times = state.flows[flow];
  const is = times === undefined ? 'stopped' : flowIs(times, state.atNs);
  if (verb === 'flow-start') {
    if (is === 'sending') return [`flow ${flow} sends already; "flow rate" changes how fast`];
    return is === 'stopped' && protocol === 'tcp' ? [`flow ${flow} is one TCP connection, and it was closed`] : [];
  }
  if (is === 'stopped') return [`flow ${flow} does not send${verb === 'flow-stop' ? '' : '; "flow start" starts it'}`];
  if (is === 'sending' || verb === 'flow-stop') return [];
  return [`flow ${flow} does not send yet: it starts at ${formatSeconds(nanos(times?.fromNs ?? 0))} s`];
}

/** A rate that no flow can have, or that the line of the host cannot carry. */
function rateRefusals(rate: number, flow: Flow, index: LabIndex, state: Readonly<LabState>): string[] {
  if (rate === 0) return ['a rate of zero sends nothing; "flow stop" stops a flow'];
  if (rate > FLOW_RATE_MAX) return [`${rate} frames per second are above ${FLOW_RATE_MAX}`];
  const lineBps = state.interfaces[flow.from]?.line.rateBps || (linkOf(index, flow.from)?.rateBps ?? 0);
  const { frameBytes } = flow;
  if (lineBps === 0 || bitsPerSecond({ intervalPs: intervalOf(rate), frameBytes }) <= lineBps) return [];
  const most = framesPerSecondOf(lineBps, frameBytes);
  return [`${rate} frames per second are above the line at ${flow.from}, which carries ${most} of this size`];
}

function startFlow(turn: Turn, { flow, rate, forNs }: Of<'flow-start'>, cause: Position): void {
  const untilNs = forNs === undefined ? 0 : turn.nowNs + forNs;
  sayFlow(turn, flow, cause, { sending: true, untilNs, ...(rate !== undefined && { intervalPs: intervalOf(rate) }) });
}

function stopFlow(turn: Turn, { flow }: Of<'flow-stop'>, cause: Position): void {
  sayFlow(turn, flow, cause, { sending: false, untilNs: 0 });
}

function changeRate(turn: Turn, { flow, rate }: Of<'flow-rate'>, cause: Position): void {
  sayFlow(turn, flow, cause, { sending: true, untilNs: turn.state.flows[flow]?.untilNs ?? 0, intervalPs: intervalOf(rate) });
}

interface Change {
  readonly sending: boolean;
  readonly untilNs: number;
  readonly intervalPs?: number;
}

function sayFlow(turn: Turn, flow: string, cause: Position, change: Change): void {
  const { node } = splitEndpoint(flowNamed(turn.index, flow)?.from ?? '');
  const intervalPs = turn.state.flows[flow]?.intervalPs ?? 0;
  turn.say('FlowChanged', cause, { node, flow, intervalPs, ...change });
}
