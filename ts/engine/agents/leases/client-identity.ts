/** What a DHCP client calls itself, and the numbers it draws: from names and time alone. */
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { fnv1a } from '../../../values/fnv1a.ts';
import type { Mac } from '../../../values/mac.ts';
import { macClientId } from '../../../wire/dhcp.ts';
import type { Turn } from '../../turn/turn.ts';
import { hexOf } from './frames.ts';

/** RFC 4361, section 6.1: type 255, the interface's number, then a DUID of type 4, a UUID (RFC 6355). */
const DUID_TYPE = 'ff';
const DUID_UUID = '0004';
/** RFC 2131, section 4.1: 4 s, doubled each time up to 64 s, each up to 1 s earlier or later. */
const RETRY_MS = 4000;
const RETRIES_DOUBLED = 4;
const JITTER_MS = 1000;
const NANOS_PER_MS = 1_000_000;

/** Hexadecimal digits of the client identifier; empty where the client sends none. */
export function clientIdOf({ node, name, dhcp }: LabInterface, mac: Mac): string {
  if (dhcp?.clientId === 'none') return '';
  if (dhcp?.clientId !== 'duid') return hexOf(macClientId(mac));
  const uuid = [0, 1, 2, 3].map((part) => wordOf(`${node}\0${part}`)).join('');
  return `${DUID_TYPE}${wordOf(name)}${DUID_UUID}${uuid}`;
}

function wordOf(text: string): string {
  return fnv1a(text).toString(16).padStart(8, '0');
}

/** A number from 0 to below `range`, the same in every run. @param salt tells draws of one interface apart. */
export function drawn(turn: Turn, iface: LabInterface, salt: string, range: number): number {
  const mac = turn.state.interfaces[endpointOf(iface)]?.initialMac ?? '';
  return fnv1a(`${mac}\0${iface.node}\0${iface.name}\0${salt}`) % range;
}

/** How long a client waits for an answer. @param tries messages sent so far, from 1. */
export function retryNs(turn: Turn, iface: LabInterface, tries: number): number {
  const baseMs = RETRY_MS * 2 ** Math.min(tries - 1, RETRIES_DOUBLED);
  const jitterMs = drawn(turn, iface, `retry ${turn.nowNs}`, 2 * JITTER_MS) - JITTER_MS;
  return (baseMs + jitterMs) * NANOS_PER_MS;
}
