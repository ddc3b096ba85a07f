/** TCP flows as Wireshark sees them: it follows them without gaps, and a clean one without a remark. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../needs.ts';
import { firewall, flow, host, hypervisor, lab, link, ms, seconds } from '../support/lab.ts';
import { pcapOf } from '../support/pcap.ts';
import { given, type Run } from '../support/run.ts';

const dir = mkdtempSync(join(tmpdir(), 'switchback-tcp-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PAYLOAD = 100;

function connection(): Run {
  return given(
    lab(
      host('cli', { ip: '10.0.0.1/24' }),
      host('srv', { ip: '10.0.0.2/24' }),
      link('cli:eth0', 'srv:eth0', { latencyNs: ms(1) }),
      flow('web', {
        protocol: 'tcp',
        from: 'cli:eth0',
        to: '10.0.0.2',
        intervalPs: 5e9,
        frameBytes: 54 + PAYLOAD,
        stopNs: seconds(1),
      }),
    ),
    { watch: ['srv'] },
  );
}

/** What the server's interface saw, as a file. */
function captured(run: Run, name: string): string {
  const path = join(dir, name);
  writeFileSync(path, pcapOf(run.seen.filter(({ kind }) => kind !== 'dropped')));
  return path;
}

function tshark(file: string, ...args: readonly string[]): string[] {
  const checked = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const { stdout } = spawnSync('tshark', ['-r', file, ...checked, ...args], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

/** The numbers of the segments in the byte stream of the client, in its order. */
function followed(file: string): number[] {
  const lines = tshark(file, '-q', '-z', 'follow,tcp,raw,0').filter((line) => /^[0-9a-f]+$/.test(line));
  const bytes = Buffer.from(lines.join(''), 'hex');
  expect(bytes.length % PAYLOAD).toBe(0);
  return Array.from({ length: bytes.length / PAYLOAD }, (_, i) => bytes.readUInt32BE(i * PAYLOAD + 4));
}

const REMARKS = 'tcp.analysis.flags || _ws.malformed || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad"';

needs('tshark')('in Wireshark, a TCP flow', () => {
  test('of a sound network is followed from SYN to FIN without gaps, and without a remark', () => {
    const file = captured(connection().until(seconds(3)), 'sound.pcap');
    expect(tshark(file, '-Y', REMARKS)).toEqual([]);
    expect(followed(file)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    const flags = tshark(file, '-Y', 'tcp.flags.syn == 1 || tcp.flags.fin == 1', '-T', 'fields', '-e', 'tcp.flags.str');
    expect(flags.map((text) => text.replace(/[^A-Z]/g, ''))).toEqual(['S', 'AS', 'AF', 'AF']);
  });

  test('to a firewall is answered as one to a host is, with the segment size of the global MTU (JUM-01)', () => {
    const ends = firewall('fw', { interfaces: { eth1: { ip: '10.0.0.2/24', mtu: 1400 } } });
    const interfaces = ends.interfaces?.map((iface) => ({ ...iface, managementProfile: true as const })) ?? [];
    const web = flow('web', {
      protocol: 'tcp',
      from: 'cli:eth0',
      to: '10.0.0.2',
      intervalPs: 5e9,
      frameBytes: 154,
      stopNs: seconds(1),
    });
    const parts = [
      hypervisor('esx1'),
      host('cli', { ip: '10.0.0.1/24' }),
      { ...ends, interfaces },
      link('cli:eth0', 'fw:eth1'),
      web,
    ];
    const file = captured(given(lab(...parts), { watch: ['fw'] }).until(seconds(3)), 'firewall.pcap');
    expect(tshark(file, '-Y', REMARKS)).toEqual([]);
    const fields = ['-e', 'ip.src', '-e', 'tcp.flags.str', '-e', 'tcp.options.mss_val'];
    const syns = tshark(file, '-Y', 'tcp.flags.syn == 1', '-T', 'fields', ...fields);
    expect(syns.map((line) => line.replace(/[^A-Z\d.\t]/g, ''))).toEqual(['10.0.0.1\tS\t1460', '10.0.0.2\tAS\t1460']);
  });

  test('that loses segments is followed without gaps: every byte was sent again', () => {
    const run = connection().until(ms(100)).command('impair cli:eth0 loss 20%').until(ms(900)).command('impair cli:eth0 reset');
    const file = captured(run.until(seconds(10)), 'lossy.pcap');
    expect(tshark(file, '-Y', 'tcp.analysis.flags').length).toBeGreaterThan(10);
    expect(tshark(file, '-Y', '_ws.malformed || tcp.checksum.status == "Bad"')).toEqual([]);
    const numbers = followed(file);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i));
  });
});
