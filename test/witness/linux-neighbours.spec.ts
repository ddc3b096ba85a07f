/**
 * What Linux does with one ARP frame about a neighbour, row by row: the same frames through our profile `linux` and through a real
 * kernel. Rows are frames, columns what the host knew before; a cell is the MAC and the NUD state after.
 *
 *   host 10.9.1.70 ── the frame's sender claims 10.9.1.N with the NEW MAC; before, the host knew the OLD one
 *
 * From Linux 6.18, net/ipv4/arp.c (arp_process) and net/core/neighbour.c (__neigh_update). PERMANENT is our profile `static`.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../../ts/values/mac.ts';
import { type ArpFrame, arpProbe, arpReply, arpRequest, emitArpFrame, garpReply, garpRequest } from '../../ts/wire/arp.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { needs } from '../needs.ts';
import { hex } from '../support/frames.ts';
import { flow, host, ip, lab, link, mac, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import { throughLinuxNeighbours } from './linux-neighbours.ts';
import type { Before, NeighbourCase } from './neighbours-child.ts';

const OWN = mac('02:09:00:00:00:70');
const OLD = mac('02:09:00:00:00:01');
const NEW = mac('02:09:00:00:00:02');
const ZERO = mac('00:00:00:00:00:00');
const OTHER = 200;

afterEach(everyFrameIsAccountedFor);

// ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────────

const COLUMNS: readonly Before[] = ['none', 'INCOMPLETE', 'REACHABLE <1s', 'REACHABLE >1s', 'STALE', 'PERMANENT', 'FAILED'];

interface Row {
  readonly frame: string;
  readonly build: (neighbour: Ipv4, own: Ipv4, other: Ipv4) => ArpFrame;
  /** By column. */
  readonly after: readonly string[];
}

const GRATUITOUS = ['none', 'NEW DELAY', 'NEW STALE', 'NEW STALE', 'NEW STALE', 'OLD PERMANENT', 'NEW STALE'];
const LOCKED = ['none', 'NEW DELAY', 'OLD REACHABLE', 'NEW STALE', 'NEW STALE', 'OLD PERMANENT', 'NEW STALE'];
const PROBE = ['none', 'INCOMPLETE', 'OLD REACHABLE', 'OLD REACHABLE', 'OLD STALE', 'OLD PERMANENT', 'FAILED'];

/** A reply form whose target MAC is not the sender's. */
function replyWithTarget(neighbour: Ipv4, targetMac: Mac): ArpFrame {
  const frame = garpReply(NEW, neighbour);
  return { ...frame, arp: { ...frame.arp, targetMac } };
}

function requestWithTarget(neighbour: Ipv4, targetMac: Mac): ArpFrame {
  const frame = garpRequest(NEW, neighbour);
  return { ...frame, arp: { ...frame.arp, targetMac } };
}

const ROWS: readonly Row[] = [
  { frame: 'gratuitous request, broadcast, target MAC 0', build: (one) => garpRequest(NEW, one), after: GRATUITOUS },
  { frame: 'gratuitous request, broadcast, target MAC ff', build: (one) => requestWithTarget(one, BROADCAST), after: GRATUITOUS },
  { frame: 'gratuitous request, unicast to the host', build: (one) => arpRequest(NEW, one, one, OWN), after: GRATUITOUS },
  { frame: 'gratuitous reply, target MAC = sender MAC', build: (one) => garpReply(NEW, one), after: GRATUITOUS },
  { frame: 'gratuitous reply, target MAC 0', build: (one) => replyWithTarget(one, ZERO), after: LOCKED },
  { frame: 'gratuitous reply, target MAC ff', build: (one) => replyWithTarget(one, BROADCAST), after: LOCKED },
  {
    frame: 'unsolicited unicast reply to the host',
    build: (one, own) => arpReply(NEW, one, OWN, own),
    after: ['none', 'NEW REACHABLE', 'OLD REACHABLE', 'NEW REACHABLE', 'NEW REACHABLE', 'OLD PERMANENT', 'NEW REACHABLE'],
  },
  {
    frame: "broadcast request for the host's address",
    build: (one, own) => arpRequest(NEW, one, own),
    after: ['NEW STALE', 'NEW DELAY', 'NEW STALE', 'NEW STALE', 'NEW STALE', 'OLD PERMANENT', 'NEW STALE'],
  },
  { frame: 'broadcast request for another address', build: (one, _, other) => arpRequest(NEW, one, other), after: LOCKED },
  { frame: 'probe (sender 0.0.0.0)', build: (one) => arpProbe(NEW, one), after: PROBE },
];

interface Variant {
  readonly device: 1 | 2 | 3;
  readonly setting: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Before[];
}

/** With arp_accept every gratuitous form, and any reply, makes an entry; with drop_gratuitous_arp both forms are as nothing. */
const ACCEPTED = [
  'NEW STALE',
  'NEW STALE',
  'NEW STALE',
  'NEW STALE',
  'NEW STALE',
  'NEW STALE',
  'NEW REACHABLE',
  'NEW STALE',
  'none',
  'none',
];
const VARIANTS: readonly Variant[] = [
  { device: 1, setting: 'as it comes', rows: ROWS, columns: COLUMNS },
  { device: 2, setting: 'arp_accept 1', rows: ROWS.map((row, i) => ({ ...row, after: [ACCEPTED[i] ?? ''] })), columns: ['none'] },
  {
    device: 3,
    setting: 'drop_gratuitous_arp 1',
    rows: ROWS.map((row, i) => ({ ...row, after: i < 6 ? ['INCOMPLETE', 'OLD STALE'] : [row.after[1] ?? '', row.after[4] ?? ''] })),
    columns: ['INCOMPLETE', 'STALE'],
  },
];

interface Cell extends NeighbourCase {
  readonly ip: Ipv4;
  readonly title: string;
  readonly own: Ipv4;
  readonly frame: ArpFrame;
  readonly expected: string;
}

const CELLS: readonly Cell[] = VARIANTS.flatMap(({ device, setting, rows, columns }) =>
  rows.flatMap(({ frame, build, after }, i) =>
    columns.map((before, j): Cell => {
      const own = ip(`10.9.${device}.70`);
      const neighbour = ip(`10.9.${device}.${100 + i * columns.length + j}`);
      const built = build(neighbour, own, ip(`10.9.${device}.${OTHER}`));
      const title = `${setting}, ${before}: ${frame}`;
      return { title, device, own, ip: neighbour, before, frame: built, hex: hex(emitArpFrame(built)), expected: after[j] ?? '' };
    }),
  ),
);

// ── Ours ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A host that sends one packet to the neighbour, where the column needs one, and is alone on its cable. */
function ours({ device, own, ip: neighbour, before }: Cell): Run {
  const asks = before === 'INCOMPLETE' || before === 'FAILED';
  const sent = flow('f', { from: 'h:eth0', to: neighbour, intervalPs: 1e9, startNs: 0, stopNs: asks ? 1e6 : 0 });
  const options = { acceptUnsolicited: device === 2, ignoreGratuitous: device === 3 };
  const arpProfile = before === 'PERMANENT' ? 'static' : 'linux';
  const h = host('h', { mac: OWN, ip: `${own}/24`, arpProfile, ...options });
  const run = given(lab(h, host('far', { ip: `10.9.${device}.${OTHER}/24` }), link('h:eth0', 'far:eth0'), ...(asks ? [sent] : [])));
  const hears = (frame: ArpFrame) => run.receives('h:eth0', emitArpFrame(frame)).pass(ms(1));
  if (asks) return run.until(before === 'FAILED' ? seconds(4) : ms(500));
  if (before === 'none') return run;
  hears(arpRequest(OLD, neighbour, own));
  if (before !== 'STALE') hears(arpReply(OLD, neighbour, OWN, own));
  return run.pass(before === 'REACHABLE <1s' ? ms(500) : ms(1500));
}

/** The MAC and NUD state of the neighbour, as `ip neigh` would say. */
function stateOf(run: Run, neighbour: Ipv4, isPermanent: boolean): string {
  const own = run.engine.memories.nodes['h'];
  const key = `${neighbour}%eth0`;
  const asking = own?.asking[key];
  const linux = own?.linux[key];
  const believed = run.neighbour('h', neighbour);
  if (believed === null) return asking !== undefined ? 'INCOMPLETE' : linux?.hasFailed ? 'FAILED' : 'none';
  const name = believed === OLD ? 'OLD' : believed === NEW ? 'NEW' : believed;
  if (isPermanent) return `${name} PERMANENT`;
  if (asking !== undefined) return `${name} ${asking.tries === 0 ? 'DELAY' : 'PROBE'}`;
  return `${name} ${run.nowNs < (linux?.reachableUntilNs ?? 0) ? 'REACHABLE' : 'STALE'}`;
}

describe('the profile linux', () => {
  // vitest would cut titles of `test.each` short.
  test.each(CELLS.map((cell) => [`${cell.title} gives ${cell.expected}`, cell] as const))(
    'HA-18, ARP-03, ARP-06: %s',
    (_, cell) => {
      const run = ours(cell);
      run.receives('h:eth0', emitArpFrame(cell.frame)).pass(ms(1));
      expect(stateOf(run, cell.ip, cell.before === 'PERMANENT')).toBe(cell.expected);
    },
  );
});

// ── What follows, in time ───────────────────────────────────────────────────────────────────────────────────────────

const PEER = ip('10.9.1.1');
const HOST = ip('10.9.1.70');

/** A host that sends a packet every 10 ms to a peer which nothing answers for. */
function sending(stopNs: number): Run {
  const h = host('h', { mac: OWN, ip: '10.9.1.70/24', arpProfile: 'linux' });
  const sent = flow('f', { from: 'h:eth0', to: PEER, intervalPs: 1e10, startNs: 0, stopNs });
  return given(lab(h, host('far', { ip: '10.9.1.200/24' }), link('h:eth0', 'far:eth0'), sent), { watch: ['h'] });
}

function hears(run: Run, frame: ArpFrame): Run {
  return run.receives('h:eth0', emitArpFrame(frame)).pass(ms(1));
}

/** Requests the host sent: whole seconds and to whom. */
function requests(run: Run): [number, string | undefined][] {
  const sent = run.seen.filter(
    ({ at, kind, bytes }) => at === 'h:eth0' && kind === 'sent' && EthernetView.over(bytes)?.etherType === 0x0806,
  );
  return sent.map(({ atNs, bytes }) => [Math.floor(atNs / 1e9), EthernetView.over(bytes)?.dst]);
}

describe('outages under the profile linux', () => {
  test('ARP-01: an address that nobody has is asked for three times, one second apart', () => {
    const run = sending(1e6).until(seconds(6));
    expect(requests(run)).toEqual([
      [0, BROADCAST],
      [1, BROADCAST],
      [2, BROADCAST],
    ]);
    expect(run.said('FrameDropped', { node: 'h' }).map(({ atNs }) => atNs)).toEqual([seconds(3)]);
  });

  test('HA-18: a gratuitous ARP to a MAC that does not answer costs 5 s and three probes, then the address is asked for anew', () => {
    const run = sending(seconds(60)).until(ms(1));
    hears(run, arpReply(OLD, PEER, OWN, HOST)).until(seconds(10));
    hears(run.forgetSeen(), garpRequest(NEW, PEER)).until(seconds(20));
    expect(requests(run).slice(0, 4)).toEqual([
      [15, NEW],
      [16, NEW],
      [17, NEW],
      [18, BROADCAST],
    ]);
    const moves = run.said('NeighbourUpdated', { node: 'h', ip: PEER });
    expect(moves.map(({ atNs, data }) => [Math.floor(atNs / 1e9), data.old, data.new])).toEqual([
      [0, '', OLD],
      [10, OLD, NEW],
      [18, NEW, ''],
    ]);
  });

  test('HA-18: without a gratuitous ARP the outage is the rest of the reachable time, 15 to 45 s, and 8 s', () => {
    const run = sending(seconds(80)).until(ms(1));
    hears(run, arpReply(OLD, PEER, OWN, HOST)).until(seconds(60));
    const [gone] = run.said('NeighbourUpdated', { node: 'h', ip: PEER, new: '' });
    expect(gone?.atNs).toBeGreaterThanOrEqual(seconds(15 + 8));
    expect(gone?.atNs).toBeLessThanOrEqual(seconds(45 + 8.1));
  });

  test('ARP-01: an answer to a probe makes the entry reachable again, without an event', () => {
    const run = sending(seconds(20)).until(ms(1));
    hears(run, arpRequest(OLD, PEER, HOST)).until(seconds(5.5));
    expect(stateOf(run, PEER, false)).toBe('OLD PROBE');
    hears(run, arpReply(OLD, PEER, OWN, HOST));
    expect(stateOf(run, PEER, false)).toBe('OLD REACHABLE');
    expect(run.said('NeighbourUpdated', { node: 'h' })).toHaveLength(1);
    expect(requests(run.forgetSeen().until(seconds(15)))).toEqual([]);
  });

  test('ARP-03: a MAC refused within locktime is on record', () => {
    const run = sending(1).until(ms(1));
    hears(hears(run, arpReply(OLD, PEER, OWN, HOST)), replyWithTarget(PEER, ZERO));
    expect(run.said('NeighbourUpdateRefused').map(({ data }) => data)).toEqual([
      { node: 'h', interface: 'eth0', ip: PEER, asked: NEW, reason: 'locktime' },
    ]);
  });

  test('HA-18: a carrier flap empties the cache, what waits in it too', () => {
    const run = sending(seconds(1)).until(ms(1));
    const known = ip('10.9.1.2');
    hears(run, arpRequest(OLD, known, HOST));
    run.command('link down h:eth0').pass(ms(1));
    expect([stateOf(run, known, false), stateOf(run, PEER, false)]).toEqual(['none', 'none']);
    const [down] = run.said('InterfaceLinkChanged', { node: 'h', up: false });
    const forgotten = run.said('NeighbourUpdated', { node: 'h', ip: known, old: OLD, new: '' });
    expect(forgotten.map(({ cause }) => cause)).toEqual([down?.position]);
  });

  test('ARP-02: an address of another interface is answered for too (arp_ignore 0)', () => {
    const h = host('h', { mac: OWN, ip: '10.9.1.70/24', arpProfile: 'linux' });
    const second = { ...h.interfaces?.[0], name: 'eth1', mac: NEW, ipv4: [{ address: ip('10.9.2.70'), prefix: 24 }] };
    const both = { ...h, interfaces: [...(h.interfaces ?? []), second as NonNullable<typeof h.interfaces>[number]] };
    const run = given(lab(both, host('far', { ip: '10.9.1.200/24' }), link('h:eth0', 'far:eth0')), { watch: ['h'] });
    hears(run, arpRequest(OLD, PEER, ip('10.9.2.70')));
    expect(run.frames('h:eth0', 'sent').map(hex)).toEqual([hex(emitArpFrame(arpReply(OWN, ip('10.9.2.70'), OLD, PEER)))]);
  });
});

// ── The kernel's ────────────────────────────────────────────────────────────────────────────────────────────────────

needs('namespaces')('a real Linux kernel', () => {
  test('HA-18, ARP-03, ARP-06: answers every frame of the table as the table says', { retry: 2, timeout: 90_000 }, async () => {
    const cases = CELLS.map(({ device, ip: neighbour, before, hex: bytes }) => ({ device, ip: neighbour, before, hex: bytes }));
    const { after, afterFlap } = await throughLinuxNeighbours({ mac: OWN, oldMac: OLD, cases, flap: true });
    const kernel = CELLS.map(({ title }, i) => {
      const { mac: known = '', state = '' } = after[i] ?? {};
      const name = known === OLD ? 'OLD ' : known === NEW ? 'NEW ' : known;
      return `${title}: ${state === '' ? 'none' : `${name}${state}`}`;
    });
    expect(kernel).toEqual(CELLS.map(({ title, expected }) => `${title}: ${expected}`));
    // Entries made by hand stay; all others went with the carrier.
    expect(afterFlap.filter((entry) => !entry.endsWith(' PERMANENT'))).toEqual([]);
    expect(afterFlap).toHaveLength(ROWS.length);
  });
});
