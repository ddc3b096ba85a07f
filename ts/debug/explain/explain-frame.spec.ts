/**
 * One frame, one event, one value of a takeover that one switch does not believe:
 *
 *   client ── psw-in ──┬── fw1 (crashes at 20.5 s) ──┬── psw-out ── server
 *                      └── fw2 (active from 30 s) ───┘      psw-in drops fw2's ARP until 45 s
 */
import { describe, expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { createEngine } from '../../services/engine/host.ts';
import { readExpectation } from '../../topology/read-expectation.ts';
import { Moments } from '../moments.ts';
import { explainEvent } from './explain-event.ts';
import { explainFrame } from './explain-frame.ts';
import { explainWhy } from './explain-why.ts';
import { openLab } from './open-lab.ts';

const lab = openLab(recordsOf(shippedLab('garp-blocked-by-arp-inspection')));
const options = { newEngine: createEngine, describe: ({ type }: { readonly type: string }) => type };
const s = (seconds: number): number => Math.round(seconds * 1e9);
const CRASH = { type: 'CommandReceived', necessary: true, without: 0 };
const INSPECTION = { property: 'topology.nodes.psw-in.arp-inspection', necessary: true };

function frameAt(at: string, seconds: number) {
  return explainFrame(lab, { at, which: { atNs: s(seconds) } }, options);
}

function why(check: string, seconds: number) {
  return explainWhy(lab, readExpectation(lab.course.lab, check), { atNs: s(seconds) }, options);
}

describe('a frame to the dead firewall', () => {
  const { stages, flow, sameChain, sameRegion } = frameAt('client:eth0', 25);

  test('is followed node by node, to where it died', () => {
    expect(stages.map(({ node, decision }) => [node, decision])).toEqual([
      ['client', 'sent'],
      ['psw-in', 'forwarded'],
      ['fw1', 'dropped'],
    ]);
    expect(flow).toBe('up');
  });

  test('each node goes by an entry, and the entry by the event that put it there', () => {
    const entries = stages.map((stage) => stage.entries.map(({ kind, text, by }) => `${kind}: ${text}, ${by.type}`));
    expect(entries).toEqual([
      [
        'neighbour: 10.0.1.1 at 52:54:00:aa:00:01 by eth0, NeighbourUpdated',
        expect.stringMatching(/^address: client:eth0 uses .*, LabDefined$/),
      ],
      ['forwarding: 52:54:00:aa:00:01 at p11, GarpSent'],
      ['address: fw1:eth1 uses 52:54:00:aa:00:01, LabDefined', 'role: fw1 is initial, NodePowerChanged'],
    ]);
  });

  test('its death goes back to the crash, which is necessary', () => {
    const [death] = stages.at(-1)?.deaths ?? [];
    expect(death).toMatchObject({ at: 'fw1:eth1', reason: 'interface-down' });
    expect(death?.because.at(-1)).toMatchObject(CRASH);
  });

  test('watching it changed nothing: chain and region are the same', () => {
    expect({ sameChain, sameRegion }).toEqual({ sameChain: true, sameRegion: true });
  });
});

test('a frame is the same one at whichever port it is looked for, and from whichever moment it is run again', () => {
  const atClient = frameAt('client:eth0', 50);
  expect(atClient.stages.map(({ decision }) => decision)).toEqual(['sent', 'forwarded', 'routed', 'forwarded', 'taken']);
  const last = atClient.stages.at(-1);
  expect(frameAt('server:eth0', (last?.atNs ?? 0) / 1e9).number).toBe(atClient.number);
  const moments = Moments.of(createEngine, lab.course, 20);
  expect(explainFrame(lab, { at: 'client:eth0', which: { atNs: s(50) } }, { ...options, moments })).toEqual(atClient);
});

test('a switch that does not know where the address is floods the frame, and goes by no entry', () => {
  const { stages } = explainFrame(lab, { at: 'fw1:eth1', which: { nth: 1 } }, options);
  const [flooded] = stages.filter(({ node }) => node === 'psw-in');
  expect(flooded).toMatchObject({ decision: 'flooded', entries: [], in: 'psw-in:p11' });
  expect(flooded?.out.map(({ at }) => at)).toEqual(['psw-in:p1', 'psw-in:p12']);
});

test('an announcement that died names the inspection by its path, and that without it none dies', () => {
  const [death] = frameAt('fw2:eth1', 30).stages.at(-1)?.deaths ?? [];
  expect(death).toMatchObject({ at: 'psw-in:p12', reason: 'arp-inspection' });
  expect(death?.conditions).toContainEqual(expect.objectContaining({ ...INSPECTION, without: 0 }));
  // Reruns without an input begin at a moment, too.
  const moments = Moments.of(createEngine, lab.course, 20);
  const again = explainFrame(lab, { at: 'fw2:eth1', which: { atNs: s(30) } }, { ...options, moments });
  expect(again.stages.at(-1)?.deaths[0]).toEqual(death);
});

test('a place that the lab does not have, and a frame that never came, are refused by name', () => {
  expect(() => frameAt('client:eth7', 1)).toThrow('there is no interface client:eth7 in this lab');
  expect(() => frameAt('client:eth0', 59.95)).toThrow('no frame is seen at client:eth0 from 59.950000000 s on');
});

test('any event goes back to what began it: that fw2 becomes active, to the crash', () => {
  const events = [...lab.history.events()];
  const active = events.find((event) => event.type === 'HaStateChanged' && event.atNs > s(29) && event.data.to === 'active');
  const { because, sameChain } = explainEvent(lab, active?.position ?? 0, options);
  expect(because.map(({ type }) => type)).toEqual([
    'HaStateChanged',
    'HaPeerLost',
    'NodePowerChanged',
    'CommandAccepted',
    'CommandReceived',
  ]);
  expect(because.at(-1)).toMatchObject(CRASH);
  expect(sameChain).toBe(true);
  expect(() => explainEvent(lab, 100_000, options)).toThrow(`the lab ends at position ${events.length}; it has no position 100000`);
});

describe('why does the client believe that 10.0.1.1 is at fw1?', () => {
  const { holds, seen, facts, journeys } = why('neighbour: { node: client, ip: 10.0.1.1 }, mac: fw2:eth1', 40);

  test('what it believes is told, and that fw1 is dead', () => {
    expect({ holds, seen }).toEqual({
      holds: false,
      seen: 'client has 10.0.1.1 at 52:54:00:aa:00:01 (fw1:eth1), expected fw2:eth1',
    });
    const texts = facts.map(({ text }) => text);
    expect(texts).toContain('client has 10.0.1.1 at 52:54:00:aa:00:01 by eth0');
    expect(texts).toContain('fw1 is crashed');
    expect(texts).toContain('psw-in has 52:54:00:aa:00:01 at p11');
    expect(journeys).toEqual([]);
  });

  test('what would have told it, and died, is told with the inspection that dropped it', () => {
    const death = facts.find(({ type }) => type === 'FrameDropped');
    expect(death?.conditions).toContainEqual(expect.objectContaining(INSPECTION));
  });
});

test('why did no ARP reply come: the request reached fw2, and its answer died at psw-in', () => {
  const { journeys } = why('neighbour: { node: client, ip: 10.0.1.1 }, mac: fw2:eth1', 44);
  const [request, answer] = journeys;
  expect(request?.frame).toContain('ARP who-has 10.0.1.1');
  expect(request?.stages.map(({ node, decision }) => `${node} ${decision}`)).toContain('fw2 taken');
  expect(answer?.frame).toContain('ARP 10.0.1.1 is-at 52:54:00:bb:00:01');
  expect(answer?.stages.at(-1)?.deaths[0]).toMatchObject({ at: 'psw-in:p12', reason: 'arp-inspection' });
});

test('roles, drops and losses are explained by the same expectations that validate has', () => {
  expect(why('ha: fw2, state: passive', 40).facts[0]).toMatchObject({ text: 'fw2 is active: peer-lost' });
  const drops = why('drops: { at: psw-in }, count: 0', 40);
  expect(drops.facts[0]?.because.at(-1)).toMatchObject({ type: 'CommandReceived' });
  expect(why('ha: fw2, state: active', 40)).toMatchObject({ holds: true, seen: null });
});
