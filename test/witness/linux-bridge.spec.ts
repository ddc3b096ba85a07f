/**
 * A second witness for the learning bridge: the Linux kernel. The same random frames, in the same order, through our `bridge` and
 * through a real one; each must leave by the same ports, with the same bytes and the same tag.
 *
 * Left out, because the two differ there or clocks would decide: ageing, ports that lose carrier (the kernel forgets what it
 * learned behind them), sources that are a group or zero (the kernel drops them), the reserved groups 01-80-C2-00-00-0x
 * (the kernel keeps them), priority tags, and one address in two VLANs (the kernel's bridge, without VLAN filtering, has one table).
 *
 * WITNESS_SEED asks for other frames.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BROADCAST, type Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { needs } from '../needs.ts';
import { DataplaneSwitch, frameBytes, sameButForTag, tagOf } from '../oracle/dataplane-switch.ts';
import { frameText, verdictText } from '../oracle/say.ts';
import type { Frame, LearningSwitchDescription, Verdict } from '../oracle/switch-model.ts';
import { hex } from '../support/frames.ts';
import { mac } from '../support/lab.ts';
import type { BridgeAnswer } from './bridge-child.ts';
import { throughLinuxBridge } from './linux-bridge.ts';

const FRAMES = 400;
const PORTS = [1, 2, 3, 4];
const seed = Number(process.env['WITNESS_SEED'] ?? 20_240_611);

interface Passing {
  readonly port: number;
  readonly frame: Frame;
  readonly isFence: boolean;
}

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const VLANS = [0, 10, 20] as const;
const GROUPS = [BROADCAST, mac('01:00:5e:00:00:12'), mac('33:33:00:00:00:12')];

/** The n-th station of a VLAN; it lives behind port n, but may be heard anywhere. */
function station(vlan: number, n: number): Mac {
  return mac(`02:00:00:00:${vlan.toString(16).padStart(2, '0')}:0${n}`);
}

const passing: fc.Arbitrary<Passing> = fc
  .record({
    vlan: fc.constantFrom(...VLANS),
    priority: fc.constantFrom(0, 5),
    isDropEligible: fc.boolean(),
    home: fc.constantFrom(...PORTS),
    strayedTo: fc.option(fc.constantFrom(...PORTS), { freq: 4 }),
    // The stations of the four ports, and one that never speaks.
    to: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...PORTS, 9) }, { weight: 1, arbitrary: fc.constantFrom(...GROUPS) }),
  })
  .map(({ vlan, priority, isDropEligible, home, strayedTo, to }) => {
    const tag: VlanTag | null = vlan === 0 ? null : { id: vlan, priority, isDropEligible };
    const dst = typeof to === 'number' ? station(vlan, to) : to;
    return { port: strayedTo ?? home, frame: { src: station(vlan, home), dst, tag }, isFence: false };
  });

/** A broadcast of a station that sends nothing else: when it is out, what came before it is decided. */
const FENCE: Passing = {
  port: 1,
  frame: { src: mac('02:00:00:00:fe:01'), dst: BROADCAST, tag: null },
  isFence: true,
};

function randomFrames(): readonly Passing[] {
  const [drawn = []] = fc.sample(fc.array(passing, { minLength: FRAMES, maxLength: FRAMES }), { seed, numRuns: 1 });
  return drawn.flatMap((one) => [one, FENCE]);
}

// ── Both bridges ────────────────────────────────────────────────────────────────────────────────────────────────────

function ours(frames: readonly Passing[]): { readonly verdicts: readonly Verdict[]; readonly moved: number } {
  const ports = PORTS.map((port) => ({ name: `vx${port}`, vlan: 0 }));
  const description: LearningSwitchDescription = { kind: 'bridge', ports, ageingNs: 300e9, tableSize: 8192 };
  const bridge = new DataplaneSwitch(description);
  const verdicts = frames.map(({ port, frame }, i) => bridge.receive(i + 1, `vx${port}`, frame));
  return { verdicts, moved: bridge.counters().moved };
}

/** The bytes of the n-th frame, with its number at the end. */
function numbered(frame: Frame, n: number): Uint8Array {
  const bytes = frameBytes(frame);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, n);
  return bytes;
}

async function theirs(frames: readonly Passing[]): Promise<readonly Verdict['delivered'][]> {
  const sent = frames.map(({ port, frame, isFence }, n) => ({ port, hex: hex(numbered(frame, n)), isFence }));
  const answer = await throughLinuxBridge({ ports: PORTS.length, frames: sent });
  return frames.map(({ frame }, n) => deliveries(answer[n] ?? [], numbered(frame, n)));
}

/** Other bytes that end in the same number are the bridge's own chatter. */
function deliveries(copies: BridgeAnswer[number], sent: Uint8Array): Verdict['delivered'] {
  return copies
    .map(({ port, hex: text }) => ({ port: `vx${port}`, bytes: Uint8Array.from(Buffer.from(text, 'hex')) }))
    .filter(({ bytes }) => sameButForTag(bytes, sent))
    .map(({ port, bytes }) => ({ port, tag: tagOf(bytes) }))
    .sort((a, b) => (a.port < b.port ? -1 : 1));
}

/** Null when they agree, else the first frame on which they do not, and the frames before it that taught its addresses. */
function firstDifference(
  frames: readonly Passing[],
  mine: readonly Verdict[],
  kernels: readonly Verdict['delivered'][],
): string | null {
  const texts = mine.map(({ delivered }) => verdictText({ delivered, refused: [], dropped: null }));
  const kernelTexts = kernels.map((delivered) => verdictText({ delivered, refused: [], dropped: null }));
  const at = texts.findIndex((text, i) => text !== kernelTexts[i]);
  const odd = frames[at];
  if (odd === undefined) return null;
  const history = frames.slice(0, at).flatMap(({ port, frame }, i) => {
    return frame.src === odd.frame.dst || frame.src === odd.frame.src ? [frameText(i, `vx${port}`, frame)] : [];
  });
  const lines = [...history, frameText(at, `vx${odd.port}`, odd.frame), `  ours:  ${texts[at]}`, `  Linux: ${kernelTexts[at]}`];
  return [`seed ${seed}, frame ${at} of ${frames.length}`, ...lines].join('\n');
}

/** How many random frames had each number of copies. */
function copies(frames: readonly Passing[], verdicts: readonly Verdict['delivered'][], count: number): number {
  return verdicts.filter((delivered, i) => frames[i]?.isFence === false && delivered.length === count).length;
}

needs('namespaces')('a real Linux bridge', () => {
  test(`HST-01, HST-02: ${FRAMES} random frames leave it by the same ports, with the same bytes and tags, as they leave ours`, async () => {
    const frames = randomFrames();
    const { verdicts: mine, moved } = ours(frames);
    const kernels = await theirs(frames);
    expect(firstDifference(frames, mine, kernels)).toBeNull();
    // Moved, filtered, known, and flooded: each happened often enough to mean something.
    expect(moved).toBeGreaterThan(FRAMES / 20);
    for (const count of [0, 1, PORTS.length - 1]) expect(copies(frames, kernels, count)).toBeGreaterThan(FRAMES / 20);
  });
});
