/** Drops into events: the first of a run in full, the rest counted at inputs and once a virtual second, each run under its own cause. */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../../../test/support/frames.ts';
import { host, hypervisor, lab, link, ms, seconds, vswitch } from '../../../test/support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../../../test/support/run.ts';

const G1 = '00:50:56:c0:00:11';
const G2 = '00:50:56:c0:00:12';

afterEach(everyFrameIsAccountedFor);

function scene(): Run {
  return given(
    lab(
      hypervisor('esx1'),
      vswitch('vsw', { ports: { g1: {}, g2: {} }, uplinks: ['u1'] }),
      host('g1', { on: 'esx1', mac: G1 }),
      host('g2', { on: 'esx1', mac: G2 }),
      host('wire'),
      link('g1:eth0', 'vsw:g1'),
      link('g2:eth0', 'vsw:g2'),
      link('wire:eth0', 'vsw:u1'),
    ),
  );
}

/** `count` frames from a stranger behind g1, which its vSwitch rejects. */
function forge(run: Run, count: number, n = 1): Run {
  return run.receives('vsw:g1', ...Array.from({ length: count }, () => plainFrame(strangerMac(n), G2)));
}

describe('a run of drops', () => {
  test('begins with the first frame: where, why, and its headers', () => {
    const run = forge(scene(), 1).pass(ms(1));
    const frame = plainFrame(strangerMac(1), G2);
    expect(run.said('FrameDropped').map(({ data }) => data)).toEqual([
      {
        node: 'vsw',
        interface: 'g1',
        reason: 'forged-transmit',
        frame: 1,
        src: strangerMac(1),
        dst: G2,
        etherType: 0x88b5,
        vlan: 0,
        length: 60,
        expected: [],
        head: frame,
      },
    ]);
  });

  test('goes on with a count of the frames since the last, at every input and at the end of a second', () => {
    const run = forge(scene(), 5).until(ms(200));
    forge(run, 3).until(ms(1200));
    forge(run, 2).until(seconds(5));
    expect(run.said('FrameDropped')).toHaveLength(1);
    expect(run.said('FramesDropped').map(({ data, atNs }) => [atNs, data.count, data.firstNs, data.lastNs])).toEqual([
      [ms(200), 4, 0, 0],
      [seconds(1), 3, ms(200), ms(200)],
      [seconds(2), 2, ms(1200), ms(1200)],
    ]);
    expect(run.said('FramesDropped').map(({ cause }) => cause)).toEqual(Array(3).fill(run.said('FrameDropped')[0]?.position));
  });

  test('is on record in full behind an input to the present, as at the end of a run', () => {
    const run = forge(scene(), 40).until(ms(300));
    expect(Object.values(run.state.drops).map(({ frames }) => frames)).toEqual([1]);
    run.until(ms(300));
    expect(Object.values(run.state.drops).map(({ frames }) => frames)).toEqual([40]);
    expect(run.events.at(-1)).toMatchObject({ type: 'FramesDropped', atNs: ms(300), data: { count: 39 } });
  });

  test('events and counters agree on how many frames died', () => {
    const run = forge(scene(), 40).until(seconds(3));
    forge(run, 2).until(seconds(6));
    expect(Object.values(run.state.drops).map(({ frames }) => frames)).toEqual([42]);
    expect(run.dropped('vsw:g1', 'forged-transmit')).toBe(42);
  });

  test('another reason at the same place is another run', () => {
    const run = forge(scene(), 2).receives('vsw:g1', plainFrame(G1, G1)).pass(ms(1));
    expect(run.dropsAt('vsw')).toEqual(['g1 forged-transmit', 'g1 no-recipient']);
  });

  test('a change of what is to blame is another run, under the change', () => {
    const run = forge(scene(), 2).pass(ms(1));
    run.command('set vsw:g1 forged-transmits accept').command('set vsw:g1 forged-transmits reject');
    forge(run, 2).pass(ms(1));
    const last = run.said('PolicyChanged').at(-1)?.position;
    expect(run.said('FrameDropped').map(({ cause }) => cause)).toEqual([2, last]);
  });

  test('two different frames at one place for one reason are one run', () => {
    const run = forge(forge(scene(), 1, 1), 1, 2).pass(ms(1));
    expect(run.said('FrameDropped')).toHaveLength(1);
    expect(run.dropped('vsw:g1', 'forged-transmit')).toBe(2);
  });

  test('more frames at one instant than notices fit still make one run', () => {
    const run = scene();
    for (let batch = 0; batch < 4; batch++) forge(run, 100).pass(ms(1));
    expect(run.said('FrameDropped')).toHaveLength(1);
    expect(run.dropped('vsw:g1', 'forged-transmit')).toBe(400);
  });
});
