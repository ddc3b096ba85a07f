/**
 * What the shipped labs put on the wire, as Wireshark decodes it: frames of agents, TCP segments, and all else but the numbered UDP frames,
 * which are alike. Of what is alike by place, EtherType and protocol, so many of each lab.
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
const [IPV4, UDP] = [0x0800, 17];

/** Frames alike have the same key; null for a flow's numbered UDP frame. */
function keyOf({ port, bytes }: TraceRecord): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const etherType = view.getUint16(12);
  if (etherType !== IPV4 || bytes.length < 38) return `${port} ${etherType}`;
  const protocol = view.getUint8(23);
  return protocol === UDP && view.getUint16(36) === FLOW_PORT ? null : `${port} ${etherType} ${protocol}`;
}

/** What leaves the interfaces of firewalls, hosts and routers, and the ports of switches that speak LACP. */
function sentBy(name: string): TraceRecord[] {
  const result = readLabFile(readFileSync(`labs/${name}`, 'utf8'), name);
  if (!result.ok) throw new Error(`${name} is refused`);
  const { lab, script } = result.file;
  const engine = createEngine({ traceBytes: 1 << 20 });
  const kept: TraceRecord[] = [];
  const counts = new Map<string, number>();
  engine.onTrace = (record) => {
    const key = record.kind === 'sent' ? keyOf(record) : null;
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
      const watched = lab.interfaces.filter(({ node }) => speakers.has(node));
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
const BAD = '_ws.malformed || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || icmp.checksum.status == "Bad"';

needs('tshark')('Wireshark decodes without a remark what is sent in', () => {
  test.each(readdirSync('labs').filter((name) => name.endsWith('.lab.yml')))('%s', (name) => {
    const records = sentBy(name);
    const { stdout, status } = spawnSync('tshark', ['-r', written(name, records), ...CHECKED, '-Y', BAD], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(records.length).toBeGreaterThan(0);
  });
});
