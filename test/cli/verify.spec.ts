/** A log that is whole is proven; one that is not is refuted, with the first position that cannot be trusted. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { CHAIN_START, nextChain } from '../../ts/model/events/chain.ts';
import { decodeBody, encodeBody } from '../../ts/model/events/codec.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import { type Ended, HA_LAB, json, recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

interface Verdict {
  readonly verified: boolean;
  readonly positions?: number;
  readonly position?: number;
  readonly chain?: string;
  readonly reason?: string;
  readonly engine?: string;
  readonly differences?: readonly { readonly field: string; readonly recorded: string; readonly decided: string }[];
}

const whole = recorded(HA_LAB);
const truth = json<Verdict>(['verify', 'ha-assigned-mac', '--data', whole]);

/** Exit code and verdict. */
function verify(
  data: string,
  ...flags: readonly string[]
): { readonly code: number | null; readonly verdict: Verdict; readonly stderr: string } {
  const { code, stdout, stderr } = switchback(['verify', 'ha-assigned-mac', '--data', data, '-f', 'json', ...flags]);
  return { code, verdict: JSON.parse(stdout) as Verdict, stderr };
}

describe('a log that is whole', () => {
  test('is verified', () => {
    expect(truth).toMatchObject({
      verified: true,
      chain: expect.stringMatching(/^[0-9a-f]{64}$/),
      unrecorded: 0,
      otherEngines: [],
    });
    expect(truth.positions).toBeGreaterThan(100);
  });

  test('has the chain that was expected, or is another history', () => {
    expect(verify(whole, '--expect-chain', truth.chain ?? '').code).toBe(0);
    const other = verify(whole, '--expect-chain', '0'.repeat(64));
    expect(other).toMatchObject({
      code: 4,
      verdict: { verified: false, reason: expect.stringContaining('this is a different history') },
    });
  });
});

/** Records the whole log anew with its records changed, every chain link made to fit again. */
async function forged(change: (event: LabEvent) => LabEvent, engine = (name: string) => name): Promise<string> {
  const data = join(scratch(), 'forged');
  const from = await openEmbeddedLog(whole);
  const to = await openEmbeddedLog(data);
  const records: LogRecord[] = [];
  let chain = CHAIN_START;
  for await (const batch of from.read('ha-assigned-mac')) {
    for (const { checkpoint, ...record } of batch) {
      const body = encodeBody(change(decodeBody(record.body)));
      chain = nextChain(chain, body);
      records.push({
        ...record,
        body,
        chain,
        checkpoint: checkpoint === null ? null : { ...checkpoint, engine: engine(checkpoint.engine) },
      });
    }
  }
  await to.append('ha-assigned-mac', 0, records);
  await Promise.all([from.close(), to.close()]);
  return data;
}

/** The third gratuitous ARP of the failover claims another MAC than was decided. */
function lie(event: LabEvent): LabEvent {
  const isIt = event.type === 'GarpSent' && event.data.node === 'fw2' && event.data.seq === 3 && event.data.interface === 'eth1';
  return isIt ? { ...event, data: { ...event.data, mac: '00:50:56:bb:00:99' } } : event;
}

describe('a log that was rewritten, chain and all', () => {
  test('diverges at the first event that was not decided so, shown as a difference', async () => {
    const data = await forged(lie);
    const { code, verdict, stderr } = verify(data);
    expect(code).toBe(4);
    expect(verdict.reason).toContain('diverged under the same engine');
    expect(verdict.differences).toEqual([{ field: 'data.mac', recorded: '"00:50:56:bb:00:99"', decided: '"00:50:56:bb:00:01"' }]);
    expect(stderr).toContain(`position ${verdict.position}`);
    const { stdout } = switchback(['verify', 'ha-assigned-mac', '--data', data]);
    expect(stdout).toMatch(/DIVERGED .*position \d+/);
    expect(stdout).toContain('- recorded  data.mac: "00:50:56:bb:00:99"');
    expect(stdout).toContain('+ decided   data.mac: "00:50:56:bb:00:01"');
  });

  test('by another engine is told apart, exit 3', async () => {
    const { code, verdict } = verify(await forged(lie, () => '0.0.9+other'));
    expect(code).toBe(3);
    expect(verdict.reason).toContain('recorded by another engine (0.0.9+other)');
  });

  test('by another engine that decided the same is verified', async () => {
    const { code, verdict } = verify(
      await forged(
        (event) => event,
        () => '0.0.9+other',
      ),
    );
    expect(code).toBe(0);
    expect(verdict).toMatchObject({ verified: true, chain: truth.chain, otherEngines: ['0.0.9+other'], checkpointsCompared: 0 });
  });
});

describe('one flipped bit', () => {
  test('inside a stored record is found, with the position of that record', () => {
    const data = join(scratch(), 'data');
    cpSync(whole, data, { recursive: true });
    const file = join(data, 'data.mdb');
    const content = readFileSync(file);
    const words = 'changed from passive to active';
    const at = content.indexOf(words);
    expect(at).toBeGreaterThan(0);
    content[at] = (content[at] as number) ^ 1;
    writeFileSync(file, content);
    const lines = switchback(['events', 'ha-assigned-mac', '--data', whole, '-f', 'ndjson']).stdout.trim().split('\n');
    const flipped = lines.findIndex((line) => line.includes(words)) + 1;
    expect(flipped).toBeGreaterThan(1);
    const { code, verdict, stderr } = verify(data);
    expect(code).toBe(4);
    expect(verdict.verified).toBe(false);
    expect(verdict.reason).toMatch(/^store damaged: lab ha-assigned-mac, position \d+: /);
    expect(verdict.position).toBe(flipped);
    expect(stderr).toContain('store damaged: ');
    expect(switchback(['events', 'ha-assigned-mac', '--data', data]).code).toBe(4);
    expect(switchback(['run', HA_LAB, '--data', data, '--replace']).code).toBe(0);
    expect(verify(data).verdict.chain).toBe(truth.chain);
  });

  const FLIPS = Number(process.env['FLIPS'] ?? 25);

  test(`anywhere in the store (${FLIPS} times) is exit 4, or changes nothing that verify can see`, () => {
    const small = recorded(TWO_HOSTS);
    const chain = json<Verdict>(['verify', 'two-hosts', '--data', small]).chain;
    const copy = join(scratch(), 'copy');
    const outcomes = { verified: 0, damaged: 0 };
    for (const flip of flips(small, FLIPS)) {
      rmSync(copy, { recursive: true, force: true });
      cpSync(small, copy, { recursive: true });
      flipBit(join(copy, flip.file), flip.at, flip.bit);
      const env = { SWITCHBACK_STORE_TIMEOUT_MS: '5000' };
      const ended = switchback(['verify', 'two-hosts', '--data', copy, '-f', 'json'], { env });
      outcomes[outcomeOf(ended, chain, `${flip.file} ${flip.at}.${flip.bit}`)]++;
    }
    expect(outcomes.verified + outcomes.damaged).toBe(FLIPS);
    // A campaign in which every flip or none is seen looks in the wrong place.
    expect(outcomes.damaged).toBeGreaterThan(0);
    expect(outcomes.verified).toBeGreaterThan(0);
  }, 600_000);
});

function outcomeOf({ code, stdout, stderr }: Ended, chain: string | undefined, where: string): 'verified' | 'damaged' {
  const verdict = JSON.parse(stdout) as Verdict;
  expect({ where, verified: verdict.verified, stderr }).toEqual({ where, verified: code === 0, stderr: expect.any(String) });
  if (code === 0) {
    expect(verdict.chain, where).toBe(chain);
    return 'verified';
  }
  expect(code, where).toBe(4);
  expect(verdict.reason, where).toMatch(/^store damaged: /);
  expect(stderr, where).toContain('store damaged: ');
  return 'damaged';
}

interface Flip {
  readonly file: string;
  readonly at: number;
  readonly bit: number;
}

/** Bits of the data file and the witness; every third in the pages that lmdb's own tree is made of. */
function* flips(dir: string, count: number): Generator<Flip> {
  const TREE_BYTES = 4 * 4096;
  const files = ['data.mdb', ...readdirSync(join(dir, 'heads')).map((name) => join('heads', name))];
  const random = xorshift(20261121);
  for (let index = 0; index < count; index++) {
    const file = files[index % 8 === 7 ? random(files.length) : 0] as string;
    const size = statSync(join(dir, file)).size;
    yield { file, at: random(index % 3 === 0 ? Math.min(size, TREE_BYTES) : size), bit: random(8) };
  }
}

function flipBit(file: string, at: number, bit: number): void {
  const content = readFileSync(file);
  content[at] = (content[at] as number) ^ (1 << bit);
  writeFileSync(file, content);
}

/** The same "random" numbers in every run. */
function xorshift(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
