import { describe, expect, test } from 'vitest';
import { labFileOf } from '../../test/support/lab-moment.ts';
import { playsLab } from '../../test/support/played.ts';
import { SOUND } from '../../test/support/small-lab-file.ts';
import { expectTidy } from '../../test/support/tidy-layout.ts';
import type { Lab } from '../model/lab/lab.ts';
import { plainLayout } from './plain-layout.ts';
import { planHash, planOf } from './plan.ts';

const pair = planOf(labFileOf('ha-assigned-mac').lab);

test('a plan reads from the first sender to the right, as far as there are cables between', () => {
  playsLab();
  const rank = new Map(pair.boxes.map((box) => [box.node, box.rank]));
  const way = ['client1', 'psw-in', 'vsw1-in', 'fw1', 'vsw1-out', 'psw-out', 'server'];
  expect(way.map((node) => rank.get(node))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(rank.get('fw2')).toBe(rank.get('fw1'));
});

test('a link between units of equal distance joins the lower edge of the upper one with the upper edge of the lower one', () => {
  playsLab();
  const { places, routes } = plainLayout(pair);
  const portOf = (node: string) => places.find((place) => place.node === node)?.ports.find(({ name }) => name === 'ha1');
  expect([portOf('fw1')?.side, portOf('fw2')?.side]).toEqual(['bottom', 'top']);
  const line = pair.lines.find(({ isPeer }) => isPeer);
  const points = routes.find(({ link }) => link === line?.link)?.points ?? [];
  expect(points[0]).toEqual([portOf('fw1')?.x, portOf('fw1')?.y]);
  expect(points.at(-1)).toEqual([portOf('fw2')?.x, portOf('fw2')?.y]);
});

test('PCI-03: a guest that may move has a place on each hypervisor that it may come to, with the cable that waits there', () => {
  playsLab();
  const { lab } = labFileOf('vmotion');
  const movable = lab.links.filter(({ standby }) => standby === true);
  expect(movable.length).toBeGreaterThan(0);
  const plan = planOf(lab);
  for (const { link, from, to } of plan.lines) {
    const [one, other] = [plan.boxes[from], plan.boxes[to]];
    if (one?.on !== null && other?.on !== null) expect(one?.on, `link ${link}`).toBe(other?.on);
  }
  const twice = plan.boxes.filter(({ node }) => plan.boxes.filter((box) => box.node === node).length > 1);
  expect(new Set(twice.map(({ on }) => on)).size).toBeGreaterThan(1);
});

test('a plan is told by its hash: the same lab has the same, another one has not', () => {
  playsLab();
  const hash = planHash(planOf(structuredClone(labFileOf('ha-assigned-mac').lab)));
  expect(hash).toBe(planHash(pair));
  expect(planHash(planOf(labFileOf(SOUND.replaceAll('psw', 'core')).lab))).not.toBe(planHash(planOf(labFileOf(SOUND).lab)));
});

describe('the layout in columns', () => {
  const shipped = [
    'ha-assigned-mac',
    'sriov-vs-vswitch',
    'vmotion',
    'lacp-member-lost',
    'passthrough-exclusive',
    'subinterface-trunk',
  ];
  test.each(shipped)('of %s has guests inside their hypervisor, and no box over another', (name) => {
    playsLab();
    const lab: Lab = labFileOf(name).lab;
    expectTidy(plainLayout(planOf(lab)));
  });

  test('of a lab without anything is empty', () => {
    const none = { schema: 1, nodes: [], interfaces: [], links: [], haPairs: [], flows: [] } as const;
    expect(plainLayout(planOf(none)).places).toEqual([]);
  });
});
