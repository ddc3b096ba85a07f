/**
 * Between a VF and its PF: requests go in, the PF's decision becomes events. Takes effect when the PF answers; vf-driver.ts
 * says when that is.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { filtersMax, PF, VF_CAPABILITIES } from '../../../model/hardware/nic.ts';
import { functionsOf, nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import type { Turn } from '../../turn/turn.ts';
import { answerMailbox, type MailboxAnswer } from './mailbox.ts';
import type { Effect, VfView } from './vf-request.ts';
import { answerVirtchnl, type VirtchnlAnswer } from './virtchnl.ts';

/** Queue pairs of a 40G device for its VFs. */
const DEVICE_QUEUE_PAIRS = 768;

/** A VF and its NIC; null when the endpoint is none. */
export function vfAt(turn: Turn, endpoint: Endpoint): { readonly nic: Nic; readonly endpoint: Endpoint } | null {
  const nic = nicOf(turn.index, splitEndpoint(endpoint).node);
  return nic !== null && interfaceAt(turn.index, endpoint)?.mode === 'vf' ? { nic, endpoint } : null;
}

/** The state that the PF reads. */
export function viewOf(turn: Turn, nic: Nic, endpoint: Endpoint): VfView {
  const { index, state } = turn;
  const functions = functionsOf(index, nic).map(endpointOf);
  const vf = state.functions[endpoint];
  if (vf === undefined) throw new Error(`${endpoint} is no function`);
  const vfs = functions.filter((one) => isThere(state, one));
  const queues = vfs.reduce((total, one) => total + (state.functions[one]?.queues ?? 0), 0);
  return {
    model: nic.model,
    vf,
    effectiveMac: state.interfaces[endpoint]?.effectiveMac ?? '',
    vfs: vfs.length,
    trafficClasses: nic.trafficClasses,
    pfMtu: interfaceAt(index, `${nic.name}:${PF}`)?.mtu ?? 0,
    isPfPromiscuous: state.interfaces[`${nic.name}:${PF}`]?.requestsPromiscuous ?? false,
    freeFilters: freeFilters(index, state, nic),
    queuesLeft: DEVICE_QUEUE_PAIRS - queues,
    capabilities: nic.vfCapabilities ?? VF_CAPABILITIES,
  };
}

/** Rule VF-01: whether a VF is enabled. */
export function isThere(state: Turn['state'], endpoint: Endpoint): boolean {
  const vf = state.functions[endpoint];
  return vf?.kind === 'vf' && vf.status !== 'absent';
}

/** Exact addresses that the NIC has room for. */
export function freeFilters(index: LabIndex, state: Turn['state'], nic: Nic): number {
  const functions = functionsOf(index, nic).map(endpointOf);
  const used = functions.reduce((total, one) => total + Object.keys(state.functions[one]?.addresses ?? {}).length, 0);
  return filtersMax(nic.model, functions.length) - used;
}

/** A request of 10G: its one reply. */
export function requestMailbox(turn: Turn, nic: Nic, endpoint: Endpoint, words: readonly number[], cause: Position): MailboxAnswer {
  const answer = answerMailbox(viewOf(turn, nic, endpoint), words);
  const { op, ack, detail } = answer;
  sayEffects(turn, endpoint, answer.effects, cause);
  reply(turn, endpoint, { op, ack, detail }, cause);
  return answer;
}

/** A message of 40G; a VF that is disabled is not listened to. */
export function requestVirtchnl(
  turn: Turn,
  nic: Nic,
  endpoint: Endpoint,
  op: string,
  args: readonly string[],
  cause: Position,
): VirtchnlAnswer {
  const view = viewOf(turn, nic, endpoint);
  if (view.vf.status === 'disabled') return { retval: null, detail: 'disabled', effects: [] };
  const answer = answerVirtchnl(view, op, args);
  sayEffects(turn, endpoint, answer.effects, cause);
  if (answer.retval !== null) reply(turn, endpoint, { op, ack: answer.retval === 0, detail: answer.detail }, cause);
  return answer;
}

/** The PF's reply to a request. Returns the position of `VfMailboxReply`. */
export function reply(
  turn: Turn,
  endpoint: Endpoint,
  data: Omit<EventData['VfMailboxReply'], 'node' | 'interface'>,
  cause: Position,
): Position {
  const { node, name } = splitEndpoint(endpoint);
  return turn.say('VfMailboxReply', cause, { node, interface: name, ...data });
}

/** Says what follows from a request. A refused MAC is also a line in the host's log, as it is all an operator sees. */
export function sayEffects(turn: Turn, endpoint: Endpoint, effects: readonly Effect[], cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  for (const { type, data } of effects) {
    const position = turn.say(type, cause, { node, interface: name, ...data } as EventData[typeof type]);
    if (type !== 'MacAddressRefused') continue;
    const text = `${name} attempted to set MAC address ${data.asked}, refused: ${data.reason}`;
    turn.say('SystemLog', position, { node, eventId: 'vf-mac-refused', severity: 'informational', text });
  }
}
