/**
 * The PF's side of the 10G mailbox (rules MBX-01 to MBX-10): a request of up to 16 words in, one reply out, and what follows.
 *
 *   31      30       29        23      16 15     0
 *   ┌ ACK ┬ NACK ┬ CTS ┬ … ┬ count, index ┬ opcode ┐   MACs: little endian in words 1 and 2
 *
 * Replies list the words that carry meaning.
 */

import { queuesPerPool } from '../../../model/hardware/nic.ts';
import { type Mac, macFromNumber, parseMac } from '../../../values/mac.ts';
import {
  addressesOf,
  type Effect,
  filter,
  isOverride,
  isUnicast,
  macChanged,
  modeChanged,
  refused,
  type VfView,
} from './vf-request.ts';

export const MAILBOX_ACK = 0x8000_0000;
export const MAILBOX_NACK = 0x4000_0000;
export const MAILBOX_CTS = 0x2000_0000;
/** A word of the PF's own: "look at me". Without CTS the VF must reset itself (rule MBX-10). */
export const PF_CONTROL = 0x100;

export const MAILBOX_OP = {
  RESET: 0x01,
  SET_MAC_ADDR: 0x02,
  SET_MULTICAST: 0x03,
  SET_VLAN: 0x04,
  SET_LPE: 0x05,
  SET_MACVLAN: 0x06,
  API_NEGOTIATE: 0x08,
  GET_QUEUES: 0x09,
  GET_RETA: 0x0a,
  GET_RSS_KEY: 0x0b,
  UPDATE_XCAST_MODE: 0x0c,
  GET_LINK_STATE: 0x10,
} as const;

export type MailboxOp = keyof typeof MAILBOX_OP;

/** Versions of the protocol by their code (rule MBX-08). 2.0 has a code, and this PF does not offer it. */
export const API_CODES: Readonly<Record<string, number>> = { '1.0': 0, '1.1': 2, '1.2': 3, '1.3': 4, '1.4': 5 };

const OP_NAMES = new Map<number, MailboxOp>(Object.entries(MAILBOX_OP).map(([name, code]) => [code, name as MailboxOp]));

export interface MailboxAnswer {
  readonly op: string;
  readonly ack: boolean;
  /** What the PF granted, or why it refused. */
  readonly detail: string;
  readonly reply: readonly number[];
  readonly effects: readonly Effect[];
}

/** The result of an operation: the words after the first, and events. */
interface Outcome {
  readonly ack: boolean;
  readonly detail?: string;
  readonly words?: readonly number[];
  readonly effects?: readonly Effect[];
}

/** The PF's answer to a request. */
export function answerMailbox(view: VfView, words: readonly number[]): MailboxAnswer {
  const first = words[0] ?? 0;
  const op = OP_NAMES.get(first & 0xffff);
  const name = op ?? `0x${(first & 0xffff).toString(16)}`;
  if (op === 'RESET') return { op, ...reset(view) };
  if (!view.vf.isClearToSend) {
    return { op: name, ack: false, detail: 'before-reset', reply: [(first | MAILBOX_NACK) >>> 0], effects: [] };
  }
  const outcome = op === undefined ? no('unknown-opcode') : OPERATIONS[op](view, words, (first >>> 16) & 0xff);
  const { ack, detail = '', words: rest = [], effects = [] } = outcome;
  return { op: name, ack, detail, reply: [(first | (ack ? MAILBOX_ACK : MAILBOX_NACK) | MAILBOX_CTS) >>> 0, ...rest], effects };
}

/**
 * Rule MBX-02 (ixgbe_sriov.c, `ixgbe_vf_reset_msg`): the VF is told its MAC only while the administrator's flag is set, else it picks its
 * own. The PF keeps one address for a VF (`vf_mac_addresses`): what a trusted VF put in its place is told. The reply comes before
 * clear-to-send.
 */
function reset(view: VfView): Omit<MailboxAnswer, 'op'> {
  const { vf, effectiveMac } = view;
  const ack = vf.config.adminMac !== '' && effectiveMac !== '';
  const [low, high] = wordsOf(ack ? effectiveMac : '00:00:00:00:00:00');
  const extra = addressesOf(view).filter((mac) => mac !== effectiveMac);
  return {
    ack,
    detail: ack ? effectiveMac : 'no-admin-mac',
    reply: [(MAILBOX_OP.RESET | (ack ? MAILBOX_ACK : MAILBOX_NACK)) >>> 0, low, high, 0],
    effects: [{ type: 'VfReset', data: { reason: 'requested', ready: true } }, ...extra.map((mac) => filter('mac', mac, false))],
  };
}

type Operation = (view: VfView, words: readonly number[], count: number) => Outcome;

const OPERATIONS: Readonly<Record<Exclude<MailboxOp, 'RESET'>, Operation>> = {
  SET_MAC_ADDR: setMacAddress,
  SET_MULTICAST: setMulticast,
  SET_VLAN: setVlan,
  SET_LPE: setLargestFrame,
  SET_MACVLAN: setMacVlan,
  API_NEGOTIATE: negotiate,
  GET_QUEUES: getQueues,
  GET_RETA: (view) => (mayQueryRss(view) ? yes(`${view.vf.rssTable.length / 2} entries`) : no('not-permitted')),
  GET_RSS_KEY: (view) => (mayQueryRss(view) ? yes(view.vf.rssKey) : no('not-permitted')),
  UPDATE_XCAST_MODE: updateReceiveMode,
  GET_LINK_STATE: getLinkState,
};

function yes(detail: string, words: readonly number[] = [], effects: readonly Effect[] = []): Outcome {
  return { ack: true, detail, words, effects };
}

function no(detail: string, words: readonly number[] = [], effects: readonly Effect[] = []): Outcome {
  return { ack: false, detail, words, effects };
}

/** Rule MBX-03. */
function setMacAddress(view: VfView, words: readonly number[]): Outcome {
  const mac = macOf(words);
  if (!isUnicast(mac)) return no('invalid', [], [refused(mac, 'invalid')]);
  if (isOverride(view, mac)) return no('admin-mac', [], [refused(mac, 'admin-mac')]);
  if (mac === view.effectiveMac) return yes(mac);
  if (view.effectiveMac === '' && view.freeFilters === 0) return no('no-filter');
  return yes(mac, [], [macChanged(view.effectiveMac, mac)]);
}

const HASHES_MAX = 30;

/** Rule MBX-04: hashes are two to a word; what is above thirty is ignored. Bits are only ever added (rule VF-10). */
function setMulticast(view: VfView, words: readonly number[], count: number): Outcome {
  const hashes = Array.from({ length: Math.min(count, HASHES_MAX) }, (_, i) => {
    return ((words[1 + (i >> 1)] ?? 0) >>> (i % 2 === 0 ? 0 : 16)) & 0xfff;
  });
  const effects = [...new Set(hashes)].map((hash) => filter('multicast', hash.toString(16).padStart(3, '0'), true));
  return yes(`${hashes.length} groups`, [], [...modeChanged(view, { ...view.vf.mode, multicast: true }), ...effects]);
}

/** Rule MBX-05. Nothing takes VLAN 0 away. */
function setVlan({ vf, trafficClasses }: VfView, words: readonly number[], add: number): Outcome {
  const echo = [words[1] ?? 0];
  const vid = (words[1] ?? 0) & 0xfff;
  if (vf.config.vlan !== 0) return no('port-vlan', echo);
  if (trafficClasses > 1) return no('traffic-classes', echo);
  const isSo = vid === 0 || vf.vlans.includes(vid) === (add !== 0);
  return yes(String(vid), echo, isSo ? [] : [filter('vlan', String(vid), add !== 0)]);
}

const SMALLEST_FRAME = 68;
const LARGEST_FRAME = 9728;
/** 1500 bytes with header and check sequence. */
const STANDARD_FRAME = 1518;
const FRAME_OVERHEAD = 18;

/** Rule MBX-06. */
function setLargestFrame(view: VfView, words: readonly number[]): Outcome {
  const bytes = words[1] ?? 0;
  if (bytes < SMALLEST_FRAME || bytes > LARGEST_FRAME) return no('out-of-range', [bytes]);
  const isPfJumbo = view.pfMtu + FRAME_OVERHEAD > STANDARD_FRAME;
  const isJumbo = bytes > STANDARD_FRAME;
  const isPossible = isBefore(view, '1.1') ? !isPfJumbo && !isJumbo : isPfJumbo || !isJumbo;
  if (view.model === '82599' && !isPossible) {
    return no('jumbo', [bytes], [{ type: 'VfRxDisabled', data: { reason: 'jumbo' } }]);
  }
  return yes(String(bytes), [bytes]);
}

/**
 * Rule MBX-07: index 0 clears the list, 1 begins a new one. A valid request suspends the check of sources before a filter is looked for,
 * so it stays suspended when none is free (ixgbe_sriov.c, `ixgbe_set_vf_macvlan_msg`).
 */
function setMacVlan(view: VfView, words: readonly number[], index: number): Outcome {
  const { vf } = view;
  const mac = macOf(words);
  const listed = addressesOf(view).filter((one) => one !== view.effectiveMac);
  const clears = index <= 1 ? listed.map((one) => filter('mac', one, false)) : [];
  if (index === 0) return yes('cleared', [], clears);
  if (vf.config.adminMac !== '' && !vf.config.trusted) return no('admin-mac', [], [refused(mac, 'admin-mac')]);
  if (!isUnicast(mac)) return no('invalid', [], [refused(mac, 'invalid')]);
  const suspends = vf.config.spoofCheck && !vf.isSpoofCheckSuspended;
  const suspension: Effect[] = suspends ? [{ type: 'SpoofCheckSuspended', data: {} }] : [];
  if (view.freeFilters + clears.length === 0) return no('no-filter', [], suspension);
  return yes(mac, [], [...clears, filter('mac', mac, true), ...suspension]);
}

/** Rule MBX-08. */
function negotiate(_: VfView, words: readonly number[]): Outcome {
  const code = words[1] ?? 0;
  const version = Object.keys(API_CODES).find((one) => API_CODES[one] === code);
  return version === undefined ? no('api-version', [code]) : yes(version, [code]);
}

/**
 * Rules MBX-08, RSS-03: queues to send and to receive, default-VLAN information, the default queue. The third word is the number of traffic
 * classes where there are any, else 1 for a port VLAN or its priority (ixgbe_sriov.c, `ixgbe_get_vf_queues`).
 */
function getQueues(view: VfView): Outcome {
  if (isBefore(view, '1.1')) return no('api-version');
  const { vlan, qos } = view.vf.config;
  const queues = queuesPerPool(view.vfs, view.trafficClasses);
  const defaultVlan = view.trafficClasses > 1 ? view.trafficClasses : vlan !== 0 || qos !== 0 ? 1 : 0;
  const enabled = 2 ** queues - 1;
  const isSo = view.vf.queues === queues && view.vf.enabledQueues === enabled;
  return yes(
    defaultVlan === 0 ? String(queues) : `${queues}, default VLAN ${defaultVlan}`,
    [queues, queues, defaultVlan, 0],
    isSo ? [] : [{ type: 'QueuesEnabled', data: { queues, enabled } }],
  );
}

const XCAST = { none: 0, multi: 1, allMulti: 2, promiscuous: 3 } as const;

/**
 * Rule MBX-09. A version that does not know promiscuous refuses before trust is looked at. Every mode, `none` too, accepts broadcast
 * (ixgbe_sriov.c, `ixgbe_update_vf_xcast_mode`: IXGBE_VMOLR_BAM is always enabled).
 */
function updateReceiveMode(view: VfView, words: readonly number[]): Outcome {
  const asked = words[1] ?? 0;
  if (isBefore(view, '1.2') || asked > XCAST.promiscuous) return no('api-version', [asked]);
  if (asked === XCAST.promiscuous && isBefore(view, '1.3')) return no('api-version', [asked]);
  const granted = view.vf.config.trusted ? asked : Math.min(asked, XCAST.multi);
  if (granted === XCAST.promiscuous) {
    if (view.model === '82599') return no('not-supported', [asked]);
    if (!view.isPfPromiscuous) return no('pf-not-promiscuous', [asked]);
  }
  const ignored: Effect[] =
    granted === asked ? [] : [{ type: 'VfRequestIgnored', data: { op: 'UPDATE_XCAST_MODE', reason: 'not-trusted' } }];
  const mode = {
    broadcast: true,
    multicast: granted >= XCAST.multi,
    allMulticast: granted >= XCAST.allMulti,
    promiscuous: granted === XCAST.promiscuous,
  };
  return yes(Object.keys(XCAST)[granted] ?? '', [granted], [...ignored, ...modeChanged(view, mode)]);
}

/**
 * Rule MBX-10: what the PF allows (`link_enable`), not the carrier, which the VF reads from a register of its own (ixgbe_sriov.c,
 * `ixgbe_get_vf_link_state` and `ixgbe_set_vf_link_state`; ixgbevf/vf.c, `ixgbevf_check_mac_link_vf`).
 */
function getLinkState(view: VfView): Outcome {
  if (isBefore(view, '1.2')) return no('api-version');
  const isEnabled = view.vf.config.linkState !== 'disable';
  return yes(isEnabled ? 'up' : 'down', [isEnabled ? 1 : 0]);
}

/** Rule MBX-08: key and table are the PF's, so only a VF that may read them is told. */
function mayQueryRss(view: VfView): boolean {
  return !isBefore(view, '1.2') && view.vf.config.queryRss;
}

function isBefore({ vf }: VfView, version: string): boolean {
  return (API_CODES[vf.api] ?? 0) < (API_CODES[version] ?? 0);
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A MAC as words 1 and 2 carry it. */
export function wordsOf(mac: string): [number, number] {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const word = (from: number, count: number) => bytes.slice(from, from + count).reduceRight((sum, byte) => sum * 256 + byte, 0);
  return [word(0, 4), word(4, 2)];
}

function macOf(words: readonly number[]): Mac {
  const [, low = 0, high = 0] = words;
  const bytes = [0, 8, 16, 24].map((shift) => (low >>> shift) & 0xff).concat([high & 0xff, (high >>> 8) & 0xff]);
  return parseMac(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')) ?? macFromNumber(0);
}

/** The PF's control word (rule MBX-10). */
export function controlWord(isClearToSend: boolean): number {
  return isClearToSend ? PF_CONTROL | MAILBOX_CTS : PF_CONTROL;
}
