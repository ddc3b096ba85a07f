/**
 * What the shipped labs put on the wire, as Wireshark decodes it: every frame of DHCP, PPPoE, neighbour discovery and RARP, each recognised as
 * that; and of everything else but the numbered UDP frames, which are alike, so many by place, EtherType and protocol.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import { portOf } from '../../ts/model/lab/lab-index.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { needs } from '../needs.ts';
import { pcapOf } from '../support/pcap.ts';

const dir = mkdtempSync(join(tmpdir(), 'switchback-labs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ALIKE_MAX = 300;
const FLOW_PORT = 0x5357;
const [IPV4, IPV6, RARP, PPPOE_DISCOVERY, PPPOE_SESSION] = [0x0800, 0x86dd, 0x8035, 0x8863, 0x8864];
const [UDP, ICMP6] = [17, 58];
/** RFC 4861: from router solicitation to redirect. */
const [DISCOVERY_FIRST, DISCOVERY_LAST] = [133, 137];

/** Protocols of which no frame may be left out, with the filter by which Wireshark says that it decoded one. */
const WHOLE = {
  dhcp: 'dhcp',
  'neighbour discovery': `icmpv6.type >= ${DISCOVERY_FIRST} && icmpv6.type <= ${DISCOVERY_LAST}`,
  rarp: 'arp.opcode == 3',
  'pppoe discovery': 'pppoed',
  'pppoe session': 'pppoes && (lcp || ipcp || ppp.protocol == 0x0021)',
} as const;
type Whole = keyof typeof WHOLE;

/** Which of them a frame is; null for any other. */
function wholeOf(bytes: Uint8Array): Whole | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = view.getUint16(12) === 0x8100 ? 4 : 0;
  const etherType = view.getUint16(12 + at);
  if (etherType === RARP) return 'rarp';
  if (etherType === PPPOE_DISCOVERY) return 'pppoe discovery';
  if (etherType === PPPOE_SESSION) return 'pppoe session';
  if (etherType === IPV6 && view.getUint8(20 + at) === ICMP6) {
    const type = view.getUint8(54 + at);
    return type >= DISCOVERY_FIRST && type <= DISCOVERY_LAST ? 'neighbour discovery' : null;
  }
  const isUdp = etherType === IPV4 && view.getUint8(23 + at) === UDP;
  return isUdp && [67, 68].includes(view.getUint16(36 + at)) ? 'dhcp' : null;
}

/** Frames alike have the same key; null for a flow's numbered UDP frame. */
function keyOf({ port, bytes }: TraceRecord): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const etherType = view.getUint16(12);
  if (etherType === IPV6) return `${port} ${etherType} ${view.getUint8(20)}`;
  if (etherType !== IPV4 || bytes.length < 38) return `${port} ${etherType}`;
  const protocol = view.getUint8(23);
  return protocol === UDP && view.getUint16(36) === FLOW_PORT ? null : `${port} ${etherType} ${protocol}`;
}

/** What leaves the interfaces of firewalls, hosts and routers, the ports of switches that speak LACP, and the uplinks of vSwitches. */
function sentBy(name: string): TraceRecord[] {
  const result = readLabFile(readFileSync(`labs/${name}`, 'utf8'), name);
  if (!result.ok) throw new Error(`${name} is refused`);
  const { lab, script } = result.file;
  const engine = createEngine({ traceBytes: 1 << 20 });
  const kept: TraceRecord[] = [];
  const counts = new Map<string, number>();
  engine.onTrace = (record) => {
    if (record.kind !== 'sent') return;
    if (wholeOf(record.bytes) !== null) {
      kept.push({ ...record, bytes: record.bytes.slice() });
      return;
    }
    const key = keyOf(record);
    const count = key === null ? ALIKE_MAX : (counts.get(key) ?? 0);
    if (key === null || count >= ALIKE_MAX) return;
    counts.set(key, count + 1);
    kept.push({ ...record, bytes: record.bytes.slice() });
  };
  const speakers = new Set(
    lab.nodes.filter(({ kind }) => ['firewall', 'host', 'router', 'switch'].includes(kind)).map((node) => node.name),
  );
  for (const input of scriptInputs(lab, script)) {
    engine.receive(input, { checkpoint: false });
    if (input.type === 'LabDefined') {
      const watched = lab.interfaces.filter(({ node, mode }) => speakers.has(node) || mode === 'uplink');
      engine.dataplane.watch(watched.map((iface) => portOf(engine.lab, endpointOf(iface))));
    }
    while (!engine.step());
    engine.take();
  }
  return kept;
}

function written(name: string, records: readonly TraceRecord[]): string {
  const path = join(dir, `${name}.pcap`);
  writeFileSync(path, pcapOf(records));
  return path;
}

const CHECKED = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
const SUMS = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status == "Bad"`);
const BAD = ['_ws.malformed', '_ws.expert.severity == error', ...SUMS].join(' || ');

function tshark(path: string, ...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('tshark', ['-r', path, ...CHECKED, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** How many frames of a file each filter finds. */
function countsOf(path: string, filters: readonly string[]): number[] {
  const table = tshark(path, '-q', '-z', `io,stat,0,${filters.join(',')}`);
  const row = table.split('\n').find((line) => line.includes('<>'));
  // The interval, then frames and bytes of each filter.
  const cells = (row ?? '').split('|').slice(2);
  return filters.map((_, i) => Number(cells[2 * i]));
}

const seen = new Map<Whole, number>();

needs('tshark')('Wireshark decodes without a remark what is sent in', () => {
  test.each(readdirSync('labs').filter((name) => name.endsWith('.lab.yml')))('%s', (name) => {
    const records = sentBy(name);
    expect(records.length).toBeGreaterThan(0);
    const path = written(name, records);
    const kinds = Object.keys(WHOLE) as Whole[];
    const [bad, ...decoded] = countsOf(path, [BAD, ...Object.values(WHOLE)]);
    if (bad !== 0) expect(tshark(path, '-Y', BAD)).toBe('');
    const own = kinds.map((kind) => records.filter(({ bytes }) => wholeOf(bytes) === kind).length);
    expect(kinds.map((kind, i) => `${decoded[i]} frames of ${kind}`)).toEqual(
      kinds.map((kind, i) => `${own[i]} frames of ${kind}`),
    );
    for (const [i, kind] of kinds.entries()) seen.set(kind, (seen.get(kind) ?? 0) + (own[i] ?? 0));
  });

  test('all labs, which send each of the protocols that are decoded whole', () => {
    expect([...seen].filter(([, frames]) => frames === 0)).toEqual([]);
    expect(seen.size).toBe(Object.keys(WHOLE).length);
  });
});
