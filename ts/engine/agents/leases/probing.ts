/**
 * Whether an address that a server gave is free (rule ARP-06): a client probes it before use, and may announce it afterwards.
 *
 *   address-probing off   one probe, half a second
 *                   on    up to 1 s ─ probe ─ 1 s to 2 s ─ probe ─ 1 s to 2 s ─ probe ─ 2 s ─ announcement ─ 2 s ─ announcement
 *
 * The second is RFC 5227, section 1.1: PROBE_WAIT, PROBE_NUM, PROBE_MIN, PROBE_MAX, ANNOUNCE_WAIT, ANNOUNCE_NUM and ANNOUNCE_INTERVAL. The
 * random times are drawn from the interface's names and MAC, so that they are the same in every run.
 */
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { type ArpPacket, arpRequest, emitArpFrame } from '../../../wire/arp.ts';
import type { LeaseClient } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { announce } from '../neighbours/garp.ts';
import { drawn } from './client-identity.ts';
import { NO_ADDRESS } from './frames.ts';

const NANOS_PER_MS = 1_000_000;
const SINGLE_PROBE_NS = 500_000_000;
const PROBE_WAIT_MS = 1000;
const PROBES = 3;
const PROBE_MIN_MS = 1000;
const PROBE_MAX_MS = 2000;
const ANNOUNCE_WAIT_NS = 2_000_000_000;
const ANNOUNCE_INTERVAL_NS = 2_000_000_000;

/** The server gave an address: the first probe, or the wait before it. */
export function startProbing(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  if (iface.dhcp?.probesAddress === true) {
    client.probes = 0;
    client.nextNs = turn.nowNs + drawn(turn, iface, `probe 0 ${turn.nowNs}`, PROBE_WAIT_MS) * NANOS_PER_MS;
    return;
  }
  client.nextNs = turn.nowNs + SINGLE_PROBE_NS;
  sendProbe(turn, iface, client);
}

/** @returns false when the address was probed often enough. */
export function probeAgain(turn: Turn, iface: LabInterface, client: LeaseClient): boolean {
  if (client.probes === undefined || client.probes >= PROBES) return false;
  client.probes++;
  const gapMs = PROBE_MIN_MS + drawn(turn, iface, `probe ${client.probes} ${turn.nowNs}`, PROBE_MAX_MS - PROBE_MIN_MS + 1);
  client.nextNs = turn.nowNs + (client.probes === PROBES ? ANNOUNCE_WAIT_NS : gapMs * NANOS_PER_MS);
  sendProbe(turn, iface, client);
  return true;
}

function sendProbe(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  turn.send(endpointOf(iface), emitArpFrame(arpRequest(client.mac as Mac, NO_ADDRESS, client.ip as Ipv4)), client.cause);
}

/** Whether a packet of another station claims the address that the client probes: it has it, or probes it at the same time. */
export function claims({ dhcp }: LabInterface, client: LeaseClient, { senderIp, targetIp }: ArpPacket): boolean {
  const isProbe = dhcp?.probesAddress === true && senderIp === NO_ADDRESS && targetIp === client.ip;
  return senderIp === client.ip || isProbe;
}

/** The address is the interface's now. A firewall announces it, and so does who probed it as RFC 5227 says; another host does not. */
export function announceLeased(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  const isProbing = iface.dhcp?.probesAddress === true;
  if (!isProbing && nodeNamed(turn.index, iface.node)?.kind !== 'firewall') return;
  announceOnce(turn, iface, 1, client);
  if (!isProbing) return;
  client.announceNs = turn.nowNs + ANNOUNCE_INTERVAL_NS;
  client.nextNs = Math.min(client.nextNs, client.announceNs);
}

/** The second announcement, when it is due. @returns whether nothing else is. */
export function announceAgain(turn: Turn, iface: LabInterface, client: LeaseClient): boolean {
  if (client.announceNs === undefined || client.announceNs > turn.nowNs) return false;
  delete client.announceNs;
  announceOnce(turn, iface, 2, client);
  if (client.state !== 'bound' || turn.nowNs >= client.renewNs) return false;
  client.nextNs = client.renewNs;
  return true;
}

/** The lab was indexed anew with the lease: the interface has its address there. */
function announceOnce(turn: Turn, { node, name }: LabInterface, seq: number, client: LeaseClient): void {
  const leased = (turn.index.byNode.get(node) ?? []).find((one) => one.name === name);
  if (leased !== undefined) announce(turn, leased, seq, client.cause);
}
