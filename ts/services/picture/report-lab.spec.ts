import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { labFileOf } from '../../../test/support/lab-moment.ts';
import { playsLab } from '../../../test/support/played.ts';
import { allElements, readXml } from '../../../test/support/xml-reader.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { drawStrip, ticksOf } from '../../picture/draw-strip.ts';
import { reportText } from '../../picture/report.ts';
import { svgText } from '../../picture/svg-text.ts';
import { nanos } from '../../values/nanos.ts';
import { runLab } from '../living/run-lab.ts';
import { reportLab } from './report-lab.ts';

const file = labFileOf(`name: cut
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    sw: { kind: switch }
  links:
    - endpoints: ["a:eth0", "sw:p1"]
    - endpoints: ["b:eth0", "sw:p2"]
flows:
  web: { from: a:eth0, to: 10.0.0.2, rate: 1000, start: 0.1s, stop: 0.9s }
duration: 1s
steps:
  - { at: 0.5s, run: crash b }
validate:
  alive: { description: "b <is> well & alive", expect: [ { event: NodePowerChanged, count: 0 } ] }
  cut: { expect: [ { event: NodePowerChanged, count: 1 } ] }
`);

test('a report has picture, time line, verdicts, and for each loss the step that caused it, proven by a rerun', async () => {
  playsLab();
  const log = openMemoryLog();
  await runLab(file, log);
  const describe = ({ type }: { readonly type: string }): string => `<${type}>`;
  const parts = await reportLab(log, { lab: 'cut', until: { atNs: nanos(600_000_000) }, file, describe, limitMs: 1 });
  expect(parts.isProven).toBe(true);
  expect(parts.checks?.map(({ name, pass }) => [name, pass])).toEqual([
    ['alive', false],
    ['cut', true],
  ]);
  const [web] = parts.flows;
  expect(web?.lost).toBeGreaterThan(390);
  expect(web?.losses?.map(({ at, frames }) => [at, frames])).toEqual([[expect.stringMatching(/^(b|sw):/), web?.lost]]);
  expect(web?.losses?.[0]?.because.join()).toMatch(/<CommandReceived> \(necessary: without it, \d+ frames\)/);

  const text = reportText(parts);
  expect(text).not.toMatch(/<script|<a |<img|<link|javascript:|src=|href=|style=|\son\w+=/);
  const elements = allElements(readXml(text.replace('<!doctype html>\n', '').replace(/(<meta[^>]*)>/g, '$1/>')));
  const textOf = (tag: string) =>
    elements.flatMap((one) => (one.tag === tag ? one.children.filter((child) => typeof child === 'string') : []));
  expect(textOf('td')).toContain('b <is> well & alive');
  expect(textOf('td')).toContain('crash b');
  expect(textOf('code')).toEqual([parts.chain]);
  expect(elements.filter(({ tag }) => tag === 'svg')).toHaveLength(2);

  // The one style sheet is the one that the policy names, as the browser sees it: without references.
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
  expect(style).not.toMatch(/[&<>"']/);
  const policy = elements.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')?.attributes['content'];
  expect(policy).toBe(
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`,
  );
  expect(text.match(/<style/g)).toHaveLength(1);
});

test('a time line has a lane for each node that something happened to, and bars where it happened', () => {
  playsLab();
  const segment = (fromNs: number, toNs: number, state: string) => ({ fromNs, toNs, state });
  const strip = {
    endNs: 10e9,
    lanes: [
      {
        node: 'fw1',
        segments: [segment(0, 4e9, 'active'), segment(4e9, 10e9, 'off')],
        losses: [{ fromNs: 4e9, toNs: 5e9, frames: 12, reason: 'interface-down', position: 71 }],
      },
    ],
    marks: [{ atNs: 4e9, position: 70, text: 'crash fw1' }],
  };
  const elements = allElements(readXml(svgText(drawStrip(strip, 5e9))));
  const bars = elements
    .filter(({ attributes }) => attributes['class'] === 'bar')
    .map(({ attributes }) => [attributes['x'], attributes['width']]);
  expect(bars).toEqual([
    ['130', '332'],
    ['462', '498'],
  ]);
  const titles = elements.flatMap(({ tag, children }) => (tag === 'title' ? [children.join('')] : []));
  expect(titles).toContain('#70 4.000000000 s: crash fw1');
  expect(titles).toContain('#71 drops 12 frames: interface-down, 4.000000000 to 5.000000000 s');
});

test.each([
  [60e9, 10e9],
  [1e9, 0.2e9],
  [45e9, 5e9],
  [0, 1],
])('the axis of %d ns has a tick each %d ns', (endNs, step) => {
  playsLab();
  const ticks = ticksOf(endNs);
  expect(ticks.length).toBeLessThanOrEqual(10);
  expect(ticks[1] ?? step).toBe(step);
});
