/**
 * A takeover that one switch does not believe:
 *
 *   crash fw1 ── 7.5 s ──► detected ── 2 s ──► fw2 active, gratuitous ARP ✗ arp-inspection ── 15 s ──► bind … ──► learned ──► traffic
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labOf, recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { createEngine } from '../../services/engine/host.ts';
import { nanos } from '../../values/nanos.ts';
import { type ExplainedLoss, explainFlow, type FlowExplained } from './explain-flow.ts';

const options = { newEngine: createEngine, describe: ({ type }: { readonly type: string }) => type };

function explained(file: LabFile, flow: string, rerunsMax = 60): FlowExplained {
  return explainFlow(recordsOf(file), flow, { ...options, rerunsMax });
}

/** A lab with a twentieth of its flows' frames. */
function thinned(file: LabFile): LabFile {
  return { ...file, lab: { ...file.lab, flows: file.lab.flows.map((flow) => ({ ...flow, intervalPs: flow.intervalPs * 20 })) } };
}

const last = ({ because }: ExplainedLoss) => because.at(-1);

describe('a failover that ARP inspection keeps from being believed', () => {
  const result = explained(shippedLab('garp-blocked-by-arp-inspection'), 'up');
  const [largest, second] = result.losses;

  test('is broken down in time, from the crash over detection and hold to the first frame that arrives', () => {
    const spans = largest?.stages.map(({ name, fromNs, toNs }) => [name, toNs - fromNs] as const) ?? [];
    expect(spans.slice(0, 4)).toEqual([
      ['crash fw1', 0],
      ['detection', 7_500_000_000],
      ['hold', 2_000_000_000],
      ['announced', 0],
    ]);
    const names = spans.map(([name]) => name);
    expect(names).toContain('ARP dropped: arp-inspection');
    expect(names.slice(-3)).toEqual(['bind psw-in 10.0.1.1 52:54:00:bb:00:01', 'learned', 'first frame arrives']);
    expect(largest?.stages.at(-1)?.toNs).toBeGreaterThan(45e9);
  });

  test('goes back to the crash, which is necessary: without it none of these frames is lost', () => {
    expect(largest).toMatchObject({ at: 'fw1:eth1', reason: 'interface-down', frames: 21502 });
    expect(largest?.because.map(({ type, necessary }) => [type, necessary])).toEqual([
      ['FrameDropped', null],
      ['NodePowerChanged', null],
      ['CommandAccepted', null],
      ['CommandReceived', true],
    ]);
    expect(largest === undefined ? null : last(largest)).toMatchObject({ without: 0, property: null });
  });

  test('names the inspection by its path, and that without it fewer than half of the frames are lost', () => {
    const inspection = { property: 'topology.nodes.psw-in.arp-inspection', other: 'off', necessary: true };
    expect(largest?.conditions).toContainEqual(expect.objectContaining({ ...inspection, without: 9501 }));
    expect(second?.conditions).toContainEqual(expect.objectContaining({ ...inspection, without: 0 }));
  });

  test('accounts for every lost frame, and watching changed nothing', () => {
    expect(result.losses.reduce((sum, { frames }) => sum + frames, 0)).toBe(result.lost);
    expect(result).toMatchObject({ sent: 58900, lost: 24500, sameChain: true, limited: false });
  });
});

test('an input that only changes how many frames a lossy line loses is not necessary; the line is, by its path', () => {
  const { losses } = explained(shippedLab('lossy-line'), 'there');
  const bySelf = losses.find(({ fromNs, reason }) => reason === 'impairment' && fromNs < 10e9);
  expect(bySelf === undefined ? null : last(bySelf)).toMatchObject({
    property: 'topology.links[0].impair.loss',
    necessary: true,
    without: 0,
  });
  const byStep = losses.find(({ fromNs, reason }) => reason === 'impairment' && fromNs >= 10e9);
  expect(byStep === undefined ? null : last(byStep)).toMatchObject({ text: 'CommandReceived', necessary: true });
  expect(byStep?.conditions).toContainEqual(
    expect.objectContaining({ property: 'topology.links[0].impair.loss', necessary: false }),
  );
});

const TWO_GUESTS = `
name: forged
topology:
  nodes:
    esx: { kind: hypervisor, platform: esxi }
    vsw: { kind: vswitch, on: esx, forged-transmits: reject }
    a: { kind: host, on: esx, interfaces: { eth0: { ipv4: 10.0.0.1/24, mac: 00:50:56:00:00:01 } } }
    b: { kind: host, on: esx, interfaces: { eth0: { ipv4: 10.0.0.2/24, mac: 00:50:56:00:00:02 } } }
  links:
    - endpoints: ["a:eth0", "vsw:p1"]
    - endpoints: ["b:eth0", "vsw:p2"]
flows:
  up: { from: a:eth0, to: 10.0.0.9, rate: 10, start: 1s, stop: 4s }
duration: 5s
`;

test('frames for an address that nobody has go back to the flow itself', () => {
  const { losses } = explained(labOf(TWO_GUESTS), 'up');
  expect(losses[0]).toMatchObject({ reason: 'neighbour-unresolved' });
  expect(losses.map((loss) => last(loss)?.property)).toContain('flows.up.to');
});

test('a hold that is longer than recommended is named by its path: with the recommended one fewer than half of the frames are lost', () => {
  const shipped = thinned(shippedLab('ha-assigned-mac'));
  const haPairs = shipped.lab.haPairs.map((pair) => ({ ...pair, timers: { ...pair.timers, promotionHoldNs: nanos(20e9) } }));
  const file = { ...shipped, lab: { ...shipped.lab, haPairs } };
  const [largest] = explained(file, file.lab.flows[0]?.name ?? '').losses;
  expect(largest?.conditions).toContainEqual(
    expect.objectContaining({ property: 'ha.edge.timers.promotion-hold', other: '2 s', necessary: true }),
  );
  const [usual] = explained(shipped, file.lab.flows[0]?.name ?? '').losses;
  expect(usual?.conditions.map(({ property }) => property)).not.toContain('ha.edge.timers.promotion-hold');
});

test('a flow that the lab does not have is refused, with the flows there are', () => {
  expect(() => explained(labOf(TWO_GUESTS), 'down')).toThrow('no flow down in this lab; it has up');
});

test('where reruns are at their limit, nothing is claimed', () => {
  const { losses, limited, reruns } = explained(labOf(TWO_GUESTS), 'up', 0);
  expect({ limited, reruns }).toEqual({ limited: true, reruns: 0 });
  expect(losses.flatMap(({ because }) => because.map(({ necessary }) => necessary))).not.toContain(true);
});

/** Frames enough for minutes: EXPLAIN_LABS=all takes it, too. */
const LARGE = process.env['EXPLAIN_LABS'] === 'all' ? [] : ['sriov-vs-vswitch'];
const names = readdirSync(new URL('../../../labs/', import.meta.url))
  .filter((name) => name.endsWith('.lab.yml'))
  .map((name) => name.replace('.lab.yml', ''));

describe('what every shipped lab loses goes back to a step or a property of its file', () => {
  test.each(names.filter((name) => !LARGE.includes(name)))('%s', (name) => {
    const file = thinned(shippedLab(name));
    const records = recordsOf(file);
    for (const flow of file.lab.flows) {
      const { losses, lost, sameChain } = explainFlow(records, flow.name, { ...options, rerunsMax: 0 });
      expect(sameChain).toBe(true);
      if (lost > 0) expect(losses).not.toEqual([]);
      for (const loss of losses) {
        const root = last(loss);
        const isHome =
          root?.type === 'CommandReceived' || root?.type === 'FramesReceived' || root?.property?.includes('.') === true;
        expect(isHome, `${flow.name} at ${loss.at}: ${loss.reason} ends at ${root?.type}`).toBe(true);
      }
    }
  });
});
