/**
 * PPP in a session (RFC 1661, RFC 1332), the same for both ends: each asks for its options and acknowledges the other's, first of LCP, then of
 * IPCP; then the session is open, and each asks the other for echoes.
 *
 * Decisions someone may dispute: nobody proves who he is (no PAP, no CHAP), and a request of a layer that is agreed on already is acknowledged
 * again without starting anew.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf, type NodeName } from '../../../model/lab/endpoint.ts';
import type { PppEchoes } from '../../../model/lab/pppoe.ts';
import { PPPOE_MTU } from '../../../model/lab/pppoe.ts';
import { putU16 } from '../../../wire/big-endian.ts';
import {
  emitPppOptions,
  IPCP_OPTION,
  LCP_OPTION,
  type PppCode,
  type PppControl,
  type PppOption,
  parsePppOptions,
} from '../../../wire/pppoe.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { addressBytes, addressIn, sayControl, wordBytes } from './pppoe-frames.ts';

/** RFC 1661, section 4.6: Restart timer and Max-Configure. */
const RESTART_NS = 3_000_000_000;
const CONFIGURE_MAX = 10;

/** Discovery is over: the end asks for its options of LCP. */
export function beginPpp(turn: Turn, node: NodeName, end: PppEnd): void {
  enter(turn, node, end, 'lcp');
}

function enter(turn: Turn, node: NodeName, end: PppEnd, layer: 'lcp' | 'ipcp'): void {
  Object.assign(end, { state: layer, tries: 0, isAcknowledged: false, hasAcknowledged: false });
  request(turn, node, end, layer);
}

function request(turn: Turn, node: NodeName, end: PppEnd, layer: 'lcp' | 'ipcp'): void {
  end.tries++;
  end.nextNs = turn.nowNs + RESTART_NS;
  end.id = (end.id + 1) & 0xff;
  const options = layer === 'lcp' ? lcpOptions(end) : [{ type: IPCP_OPTION.address, value: addressBytes(end.ip) }];
  say(turn, node, end, { protocol: layer, code: 'configureRequest', id: end.id, data: emitPppOptions(options) }, end.cause);
}

function lcpOptions({ magic }: PppEnd): PppOption[] {
  const mru = new Uint8Array(2);
  putU16(mru, 0, PPPOE_MTU, 'MRU');
  return [
    { type: LCP_OPTION.mru, value: mru },
    { type: LCP_OPTION.magic, value: wordBytes(magic) },
  ];
}

function say(turn: Turn, node: NodeName, end: PppEnd, control: PppControl, cause: Position): void {
  sayControl(turn, node, end, control, cause);
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is due at an end that has a session. @returns "given-up": the other end does not agree; "lost": it answers no echo. */
export function pppTick(turn: Turn, node: NodeName, end: PppEnd, echoes: PppEchoes): 'given-up' | 'lost' | null {
  if (end.state === 'open') return askForEcho(turn, node, end, echoes);
  if (end.tries >= CONFIGURE_MAX) return 'given-up';
  request(turn, node, end, end.state === 'ipcp' ? 'ipcp' : 'lcp');
  return null;
}

/** As pppd counts (`LcpSendEchoRequest` in pppd/lcp.c): when one more is due and so many are missing, the other end is lost. */
function askForEcho(turn: Turn, node: NodeName, end: PppEnd, { echoNs, echoFailures }: PppEchoes): 'lost' | null {
  if (end.missing >= echoFailures) return 'lost';
  if (end.missing === 0) end.missingSinceNs = turn.nowNs;
  end.missing++;
  end.nextNs = turn.nowNs + echoNs;
  end.id = (end.id + 1) & 0xff;
  say(turn, node, end, { protocol: 'lcp', code: 'echoRequest', id: end.id, data: wordBytes(end.magic) }, end.cause);
  return null;
}

/** Why the other end did not answer. */
export function silenceOf(turn: Turn, node: NodeName, { interface: name, peerAt, heard, missingSinceNs, cause }: PppEnd): Position {
  const at = endpointOf({ node, name });
  return peerAt === '' ? cause : causeOfSilence(turn, { at, from: peerAt, heard, sinceNs: missingSinceNs, otherwise: cause });
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A control packet of the session reached an end. @returns "terminated": the other end is about to leave. */
export function hearControl(turn: Turn, node: NodeName, end: PppEnd, control: PppControl, cause: Position): 'terminated' | null {
  const { protocol, code, id } = control;
  // A layer whose turn has not come is ignored: its request comes again.
  if (protocol === 'ipcp' && end.state === 'lcp') return null;
  if (code === 'terminateRequest') {
    say(turn, node, end, { protocol, code: 'terminateAck', id, data: new Uint8Array(0) }, cause);
    return 'terminated';
  }
  if (code === 'configureRequest') answer(turn, node, end, control, cause);
  else if (code === 'echoRequest' && end.state !== 'lcp') {
    say(turn, node, end, { protocol, code: 'echoReply', id, data: wordBytes(end.magic) }, cause);
  } else if (code === 'echoReply') {
    end.missing = 0;
    end.heard = turn.state.changedAt;
  } else if (id === end.id && protocol === end.state) hearAnswer(turn, node, end, control, cause);
  return null;
}

/** The other end's answer to this end's request. */
function hearAnswer(turn: Turn, node: NodeName, end: PppEnd, { protocol, code, data }: PppControl, cause: Position): void {
  if (code === 'configureNak' && protocol === 'ipcp') {
    const ip = addressIn(parsePppOptions(data)?.find(({ type }) => type === IPCP_OPTION.address)?.value ?? data);
    if (end.role !== 'client' || ip === null) return;
    Object.assign(end, { ip, cause, tries: 0 });
    request(turn, node, end, 'ipcp');
  } else if (code === 'configureAck' && !end.isAcknowledged) {
    end.isAcknowledged = true;
    end.cause = cause;
    if (end.hasAcknowledged) goOn(turn, node, end, cause);
  }
}

/** The other end's request: acknowledged, or sent back with what it may ask for. */
function answer(turn: Turn, node: NodeName, end: PppEnd, { protocol, id, data }: PppControl, cause: Position): void {
  const options = parsePppOptions(data);
  if (options === null) return;
  const [code, said] = verdictOn(end, protocol, options);
  const reply: PppControl = { protocol, code, id, data: emitPppOptions(said) };
  if (code !== 'configureAck') {
    say(turn, node, end, reply, cause);
    return;
  }
  if (protocol === 'ipcp' && end.role === 'client') end.peerIp = addressIn(options[0]?.value ?? data) ?? end.peerIp;
  const completes = protocol === end.state && end.isAcknowledged && !end.hasAcknowledged;
  if (protocol === end.state) end.hasAcknowledged = true;
  // The acknowledgement that opens a session is sent for its opening: so the client's comes of the concentrator's.
  const opened = completes && protocol === 'ipcp' ? sayOpened(turn, node, end, cause) : cause;
  say(turn, node, end, reply, opened);
  if (completes && protocol === 'lcp') goOn(turn, node, end, cause);
}

/** RFC 1661, section 5: options that are not known are rejected all together; of IPCP, a client gets the address that it is given. */
function verdictOn(
  { role, peerIp }: PppEnd,
  protocol: 'lcp' | 'ipcp',
  options: readonly PppOption[],
): [PppCode, readonly PppOption[]] {
  const known: readonly number[] = Object.values(protocol === 'lcp' ? LCP_OPTION : IPCP_OPTION);
  const foreign = options.filter(({ type }) => !known.includes(type));
  if (foreign.length > 0) return ['configureReject', foreign];
  if (protocol === 'lcp' || role === 'client') return ['configureAck', options];
  const asked = addressIn(options[0]?.value ?? new Uint8Array(0));
  return asked === peerIp
    ? ['configureAck', options]
    : ['configureNak', [{ type: IPCP_OPTION.address, value: addressBytes(peerIp) }]];
}

/** Both ends agree on a layer. */
function goOn(turn: Turn, node: NodeName, end: PppEnd, cause: Position): void {
  if (end.state === 'lcp') enter(turn, node, end, 'ipcp');
  else sayOpened(turn, node, end, cause);
}

function sayOpened(turn: Turn, node: NodeName, end: PppEnd, cause: Position): Position {
  const { role, interface: name, session, mac, peer, ip, peerIp } = end;
  const position = turn.say('PppoeOpened', cause, { node, interface: name, role, session, mac, peer, ip, peerIp });
  Object.assign(end, { state: 'open', missing: 0, cause: position, heard: turn.state.changedAt, nextNs: turn.nowNs });
  return position;
}
