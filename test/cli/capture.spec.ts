import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../ts/capture/pcap.ts';
import { needs } from '../needs.ts';
import { HA_LAB, json, ndjson, type PublishedEvent, recorded, scratch, switchback } from './switchback.ts';

const data = recorded(HA_LAB);
const dir = scratch();
const file = join(dir, 'failover.pcapng');
const args = ['capture', 'ha-assigned-mac', 'fw1:eth1', 'fw2:eth1', '--data', data, '--from', '29.9s', '--to', '31.5s'];
const summary = json<{ frames: number; dropped: number; interfaces: string[] }>([...args, '-w', file]);

describe('a capture', () => {
  test('is a whole file that says what it holds', () => {
    const { frames, problem } = readCapture(readFileSync(file));
    expect(problem).toBeNull();
    expect(frames).toHaveLength(summary.frames);
    expect(summary.dropped).toBeGreaterThan(100);
    expect(summary.interfaces).toEqual(['fw1:eth1', 'fw2:eth1']);
  });

  test('is the same file every time, and the same on standard output', () => {
    const again = join(dir, 'again.pcapng');
    switchback([...args, '-w', again]);
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    const { stdout } = spawnSync(process.execPath, ['dist/ts/cli/bin.js', ...args, '-w', '-'], { maxBuffer: 64 << 20 });
    expect(stdout.equals(readFileSync(file))).toBe(true);
  });

  test('has comments only on drops and on frames that the lab decided to send', () => {
    const { frames } = readCapture(readFileSync(file));
    const commented = frames.filter(({ comments = [] }) => comments.length > 0);
    const drops = frames.filter(({ verdict }) => verdict === 'drop');
    expect(drops).toHaveLength(summary.dropped);
    expect(drops.every(({ comments = [] }) => /^DROP [a-z-]+ because of #\d+ \w+$/.test(comments[0] ?? ''))).toBe(true);
    const sent = commented.filter(({ verdict }) => verdict !== 'drop').map(({ comments }) => comments?.[0]);
    expect(sent.length).toBeGreaterThan(2);
    const outcomes = ndjson<PublishedEvent>(['events', 'ha-assigned-mac', '--data', data]).filter(({ kind }) => kind === 'outcome');
    const decisions = new Set(outcomes.map(({ position, type }) => `because of #${position} ${type}`));
    for (const comment of sent) expect(decisions).toContain(comment);
    expect(commented.length).toBeLessThan(frames.length / 2);
  });

  test('of drops alone has the dropped frames of the whole one, and no others', () => {
    const path = join(dir, 'drops.pcapng');
    expect(json([...args, '--drops', '-w', path])).toMatchObject({ frames: summary.dropped, dropped: summary.dropped });
    const dropped = readCapture(readFileSync(file)).frames.filter(({ verdict }) => verdict === 'drop');
    const plain = (frames: typeof dropped) => frames.map(({ fileOffset: _, ...frame }) => frame);
    expect(plain(readCapture(readFileSync(path)).frames as typeof dropped)).toEqual(plain(dropped));
  });

  test('that cannot be made leaves nothing behind', () => {
    const failed = join(dir, 'failed.pcapng');
    expect(switchback(['capture', 'ha-assigned-mac', 'fw9:eth1', '--data', data, '-w', failed]).code).toBe(2);
    expect(existsSync(failed)).toBe(false);
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

needs('tshark')('in Wireshark, a capture', () => {
  /** Rows of tshark's fields. */
  function tshark(filter: string, ...fields: readonly string[]): string[][] {
    const wanted = fields.flatMap((field) => ['-e', field]);
    const { stdout } = spawnSync('tshark', ['-r', file, '-Y', filter, '-T', 'fields', ...wanted], { encoding: 'utf8' });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  }

  test('has the gratuitous ARPs at their virtual times, and names the event behind each', () => {
    const sent = ndjson<PublishedEvent>([
      'events',
      'ha-assigned-mac',
      '--data',
      data,
      '--type',
      'GarpSent',
      '--from',
      '29.9s',
      '--to',
      '31.5s',
    ]);
    const wanted = sent.filter(({ data: fields }) => fields['interface'] === 'eth1');
    const rows = tshark(
      'arp.isgratuitous && frame.interface_name == "fw2:eth1"',
      'frame.time_epoch',
      'arp.src.hw_mac',
      'frame.comment',
    );
    expect(rows).toHaveLength(wanted.length);
    expect(wanted.length).toBeGreaterThan(2);
    for (const [index, { atNs, position }] of wanted.entries()) {
      const [time = '', mac, comment] = rows[index] ?? [];
      // The control plane needs a microsecond to send what it decided; two at once leave one after the other.
      const lateNs = Math.round(Number(time) * 1e9) - atNs;
      expect(lateNs).toBeGreaterThanOrEqual(900);
      expect(lateNs).toBeLessThan(5000);
      expect(mac).toBe('00:50:56:bb:00:01');
      expect(comment).toContain(`because of #${position} GarpSent`);
    }
  });

  test('marks frames that died with verdict, reason and cause', () => {
    const crash = ndjson<PublishedEvent>(['events', 'ha-assigned-mac', '--data', data, '--type', 'NodePowerChanged'])[0];
    const rows = tshark('frame.comment contains "DROP"', 'frame.interface_name', 'frame.comment', 'frame.verdict.ebpf_xdp');
    expect(rows).toHaveLength(summary.dropped);
    const died = rows.filter(([name]) => name === 'fw1:eth1');
    expect(died.length).toBeGreaterThan(100);
    for (const [, comment] of died) expect(comment).toBe(`DROP interface-down because of #${crash?.position} NodePowerChanged`);
  });
});
