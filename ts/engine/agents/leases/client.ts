/**
 * A DHCP client (RFC 2131, section 4.4), one for each interface with `ipv4: dhcp`.
 *
 *   waiting ─▶ selecting ─offer─▶ requesting ─ack─▶ probing ─nobody answers─▶ bound ─T1─▶ renewing ─T2─▶ rebinding ─end─▶ selecting
 *     ▲            ▲                  │nak             │conflict                 ▲───ack──────┴───ack───────┘
 *     └─ 10 s ─────┼──────────────────┴────────────────┘ (decline)
 *
 * Decisions someone may dispute: a node that starts waits up to 1 s before it asks, not 1 s to 10 s; before use an address is probed once, for
 * half a second, as busybox's client does with a shorter timeout. With `address-probing` it is probed as RFC 5227 says (probing.ts).
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { clientsOf } from '../../../model/lab/leases.ts';
import type { Mac } from '../../../values/mac.ts';
import { parseArpFrame } from '../../../wire/arp.ts';
import type { LeaseClient } from '../../turn/memory.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { clientIdOf, drawn, retryNs } from './client-identity.ts';
import { sayDecline, sayDiscover, sayRelease, sayRenew, sayRequest } from './client-messages.ts';
import { NO_ADDRESS, prefixOf, type Received } from './frames.ts';
import { announceAgain, announceLeased, claims, probeAgain, startProbing } from './probing.ts';
import { wakeAtNext } from './waking.ts';

const START_MS = 1000;
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;
/** RFC 2131, section 3.1.5: after a conflict. */
const DECLINE_WAIT_NS = 10_000_000_000;
const REQUESTS_MAX = 4;
/** RFC 2131, section 4.4.5: requests of renewal come no closer than this. */
const RENEW_STEP_NS = 60_000_000_000;

type Reason = EventData['LeaseReleased']['reason'];

/** Starts the clients of a node. At a node's start each waits a little, so that not all ask at once. */
export function startClients(turn: Turn, node: string, cause: Position, atOnce: boolean): void {
  for (const iface of clientsOf(turn.index.byNode.get(node) ?? [])) {
    const waitNs = atOnce ? 0 : drawn(turn, iface, 'start', START_MS) * NANOS_PER_MS;
    begin(turn, iface, turn.nowNs + waitNs, cause);
  }
  clientTick(turn, node);
}

/** A node's clients lose their leases without a word: it has no power, or is no longer the unit that speaks. */
export function stopClients(turn: Turn, node: string, reason: Reason, cause: Position): void {
  const { leaseClients } = turn.memory(node);
  for (const iface of clientsOf(turn.index.byNode.get(node) ?? [])) {
    delete leaseClients[iface.name];
    turn.hearClaims(endpointOf(iface), null);
    drop(turn, iface, reason, false, cause);
  }
  wakeAtNext(turn, node);
}

/**
 * Rules LEASE-01 to LEASE-04: an interface has another MAC. The client gives its lease back under its old name and asks anew under the new
 * one. The message leaves with the old MAC as its source, in the instant of the change.
 * @param canTell false where the interface was changed under the node's feet: then the server keeps the lease until it expires.
 */
export function leaseFollowsMac(turn: Turn, iface: LabInterface, canTell: boolean, cause: Position): void {
  const client = turn.memory(iface.node).leaseClients[iface.name];
  const mac = turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
  if (client === undefined || iface.dhcp === undefined || client.mac === mac) return;
  if (!iface.dhcp.releaseOnMacChange) {
    client.mac = mac;
    return;
  }
  const lease = turn.state.leases[endpointOf(iface)];
  if (lease !== undefined && canTell) sayRelease(turn, iface, client, cause);
  const position = drop(turn, iface, 'mac-change', canTell, cause) ?? cause;
  begin(turn, iface, turn.nowNs, position);
  clientTick(turn, iface.node);
}

/** Begins to ask for an address under the name that the interface has now. */
function begin(turn: Turn, iface: LabInterface, nextNs: number, cause: Position): void {
  turn.hearClaims(endpointOf(iface), null);
  const mac = turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
  turn.memory(iface.node).leaseClients[iface.name] = {
    state: 'waiting',
    mac,
    clientId: clientIdOf(iface, mac),
    xid: drawn(turn, iface, `xid ${nextNs}`, 2 ** 32),
    tries: 0,
    sinceNs: nextNs,
    nextNs,
    ip: NO_ADDRESS,
    prefix: 0,
    gateway: '',
    server: NO_ADDRESS,
    serverMac: '',
    seconds: 0,
    renewNs: 0,
    rebindNs: 0,
    endNs: 0,
    heard: turn.state.changedAt,
    cause,
  };
}

/** An address is the interface's no longer. Returns the event; null where it had none. */
function drop(turn: Turn, iface: LabInterface, reason: Reason, told: boolean, cause: Position): Position | null {
  const { node, name } = iface;
  const lease = turn.state.leases[endpointOf(iface)];
  if (lease === undefined) return null;
  return turn.say('LeaseReleased', cause, { node, interface: name, ip: lease.ip, reason, told });
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Does what is due at the clients of a node. */
export function clientTick(turn: Turn, node: string): void {
  const { leaseClients } = turn.memory(node);
  for (const iface of clientsOf(turn.index.byNode.get(node) ?? [])) {
    const client = leaseClients[iface.name];
    if (client !== undefined && client.nextNs <= turn.nowNs) advance(turn, iface, client);
  }
  wakeAtNext(turn, node);
}

function advance(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  if (announceAgain(turn, iface, client)) return;
  switch (client.state) {
    case 'waiting':
    case 'selecting':
      discover(turn, iface, client);
      return;
    case 'requesting':
      if (client.tries >= REQUESTS_MAX) begin(turn, iface, turn.nowNs, client.cause);
      else request(turn, iface, client);
      return;
    case 'probing':
      if (probeAgain(turn, iface, client)) return;
      bindAddress(turn, iface, client);
      return;
    default:
      renew(turn, iface, client);
  }
}

function discover(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  client.state = 'selecting';
  client.tries++;
  client.nextNs = turn.nowNs + retryNs(turn, iface, client.tries);
  sayDiscover(turn, iface, client);
}

function request(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  client.state = 'requesting';
  client.tries++;
  client.nextNs = turn.nowNs + retryNs(turn, iface, client.tries);
  sayRequest(turn, iface, client);
}

/** Rule LEASE-05: from T1 on the server that gave the lease is asked, from T2 on everybody; at its end the address is nobody's. */
function renew(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  if (turn.nowNs >= client.endNs) {
    const position = drop(turn, iface, 'expired', false, silenceOf(turn, iface, client)) ?? client.cause;
    begin(turn, iface, turn.nowNs, position);
    discover(turn, iface, turn.memory(iface.node).leaseClients[iface.name] ?? client);
    return;
  }
  if (client.state === 'bound') client.sinceNs = turn.nowNs;
  client.state = turn.nowNs >= client.rebindNs ? 'rebinding' : 'renewing';
  const limitNs = client.state === 'renewing' ? client.rebindNs : client.endNs;
  const stepNs = Math.max(RENEW_STEP_NS, Math.floor((limitNs - turn.nowNs) / 2));
  client.nextNs = Math.min(limitNs, turn.nowNs + stepNs);
  sayRenew(turn, iface, client, client.state === 'renewing');
}

/** Why the server did not answer in time. */
function silenceOf(turn: Turn, iface: LabInterface, { server, heard, sinceNs, cause }: LeaseClient): Position {
  const from = turn.index.lab.interfaces.find(({ ipv4 }) => ipv4.some(({ address }) => address === server));
  const at: Endpoint = endpointOf(iface);
  return from === undefined ? cause : causeOfSilence(turn, { at, from: endpointOf(from), heard, sinceNs, otherwise: cause });
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A message of a server reached an interface. */
export function hearServer(turn: Turn, iface: LabInterface, received: Received, cause: Position): void {
  const { message } = received;
  const client = turn.memory(iface.node).leaseClients[iface.name];
  if (client === undefined || message.op !== 'reply' || message.xid !== client.xid || message.chaddr !== client.mac) return;
  if (message.type === 'offer' && client.state === 'selecting' && message.options.server !== undefined) {
    client.ip = message.yiaddr;
    client.server = message.options.server;
    client.tries = 0;
    client.cause = cause;
    request(turn, iface, client);
  } else if (message.type === 'ack') acknowledged(turn, iface, client, received, cause);
  else if (message.type === 'nak' && client.state !== 'selecting' && client.state !== 'waiting') {
    const position = drop(turn, iface, 'refused', false, cause) ?? cause;
    begin(turn, iface, turn.nowNs, position);
  }
  clientTick(turn, iface.node);
}

function acknowledged(turn: Turn, iface: LabInterface, client: LeaseClient, { message, frame }: Received, cause: Position): void {
  const isRenewal = client.state === 'renewing' || client.state === 'rebinding';
  if (client.state !== 'requesting' && !isRenewal) return;
  const { subnetMask, routers = [], leaseSeconds = 0, renewSeconds, rebindSeconds, server } = message.options;
  client.heard = turn.state.changedAt;
  client.cause = cause;
  client.server = server ?? client.server;
  client.serverMac = frame.src;
  client.seconds = leaseSeconds;
  client.renewNs = turn.nowNs + (renewSeconds ?? Math.floor(leaseSeconds / 2)) * NANOS_PER_SECOND;
  client.rebindNs = turn.nowNs + (rebindSeconds ?? Math.floor((leaseSeconds * 7) / 8)) * NANOS_PER_SECOND;
  client.endNs = turn.nowNs + leaseSeconds * NANOS_PER_SECOND;
  if (isRenewal) {
    const how = client.state === 'renewing' ? 'renewing' : 'rebinding';
    const { node, name } = iface;
    turn.say('LeaseRenewed', cause, { node, interface: name, ip: client.ip, server: client.server, how, seconds: leaseSeconds });
    client.state = 'bound';
    client.nextNs = client.renewNs;
    return;
  }
  client.ip = message.yiaddr;
  client.prefix = subnetMask === undefined ? 24 : prefixOf(subnetMask);
  client.gateway = routers[0] ?? '';
  client.state = 'probing';
  turn.hearClaims(endpointOf(iface), client.ip);
  startProbing(turn, iface, client);
}

/** Nobody else has the address: the interface has it from now on. */
function bindAddress(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  const { node, name } = iface;
  const { ip, prefix, gateway, server, clientId, mac, seconds } = client;
  client.state = 'bound';
  client.nextNs = client.renewNs;
  turn.hearClaims(endpointOf(iface), null);
  const data = { node, interface: name, ip, prefix, gateway, server, clientId, mac, seconds };
  client.cause = turn.say('LeaseAcquired', client.cause, data);
  announceLeased(turn, iface, client);
}

/** Rule ARP-06: somebody answers for the address that an interface is about to take: the server is told that it is in use. */
export function hearProbed(turn: Turn, iface: LabInterface, bytes: Uint8Array, cause: Position): void {
  const { node, name } = iface;
  const client = turn.memory(node).leaseClients[name];
  if (client?.state !== 'probing') return;
  const arp = parseArpFrame(bytes)?.arp;
  if (arp === undefined || arp.senderMac === client.mac || !claims(iface, client, arp)) return;
  const position = turn.say('AddressConflict', cause, { node, interface: name, ip: client.ip, mac: arp.senderMac });
  sayDecline(turn, iface, client, position);
  const declined = turn.say('LeaseReleased', position, { node, interface: name, ip: client.ip, reason: 'conflict', told: true });
  begin(turn, iface, turn.nowNs + DECLINE_WAIT_NS, declined);
  wakeAtNext(turn, node);
}
