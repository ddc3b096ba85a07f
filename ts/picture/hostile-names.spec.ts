/** Names of a lab may hold anything where a bundle was forged; a picture shows them and obeys none. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allElements, readXml, type XmlElement } from '../../test/support/xml-reader.ts';
import type { Lab } from '../model/lab/lab.ts';
import { initialState } from '../model/state/lab-state.ts';
import { named } from '../values/named.ts';
import { drawing } from './drawing.ts';
import { dotText, mermaidText } from './graph-text.ts';
import { plainLayout } from './plain-layout.ts';
import { planOf } from './plan.ts';
import { sceneOf } from './scene-of.ts';
import { svgText } from './svg-text.ts';
import { legible } from './text.ts';

const TRAPS = [
  '</text><script>alert(1)</script>',
  '"onload="x',
  "'/><image href='//x'/>",
  '<!--',
  ']]>',
  '&amp;&lt;',
  '&#60;',
  '\u0000\u001b]0;x\u0007',
  '\ud800',
  '\u202egnp',
  '__proto__',
  'a:b',
  '`"];\n  x --> y',
  '\\N',
  '#quot;',
];
const name = fc.oneof(fc.constantFrom(...TRAPS), fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }));

/** Two nodes with one cable between them. */
function labOf(host: string, one: string, other: string, port: string): Lab {
  const iface = { mode: 'layer3', mac: null, ipv4: [], mtu: 1500, vlan: 0, policy: null, interfaceId: 0 } as const;
  const guest = {
    kind: 'host',
    on: host,
    routes: [],
    arpProfile: 'linux',
    ignoreGratuitous: false,
    acceptUnsolicited: false,
  } as const;
  return {
    schema: 1,
    nodes: [
      { name: host, kind: 'hypervisor', platform: 'kvm' },
      { name: one, ...guest },
      { name: other, ...guest, on: null },
    ],
    interfaces: [
      { node: one, name: port, ...iface },
      { node: other, name: port, ...iface },
    ],
    links: [{ a: `${one}:${port}`, b: `${other}:${port}`, rateBps: 0, latencyNs: 0 as never, queueBytes: 0 }],
    haPairs: [],
    flows: [],
  };
}

function drawn(lab: Lab, caption: string): string {
  const state = { ...initialState(), lab, nodes: named(), interfaces: named() } as ReturnType<typeof initialState>;
  const scene = sceneOf({ state, derived: null });
  return svgText(drawing(plainLayout(planOf(lab)), scene, caption));
}

const tagsOf = (root: XmlElement): string[] =>
  allElements(root).map(({ tag, attributes }) => `${tag} ${Object.keys(attributes).join(' ')}`);

test('whatever names hold, a strict parser finds the elements of a plain picture, and the names as text', () => {
  const plain = tagsOf(readXml(drawn(labOf('h', 'a', 'b', 'p'), 'c')));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 5, maxLength: 5, selector: (one) => one.split(':', 1)[0] }), (names) => {
      const [host, one, other, port, caption] = names as [string, string, string, string, string];
      fc.pre(!names.slice(0, 4).some((text) => text.includes(':')));
      const root = readXml(drawn(labOf(host, one, other, port), caption));
      expect(tagsOf(root)).toEqual(plain);
      const titles = allElements(root).flatMap(({ tag, children }) => (tag === 'title' ? [children.join('')] : []));
      const expected = [`${host}: hypervisor`, `${one}: host on ${host}`, `${other}: host`, `${one}:${port}: layer3, up`];
      for (const title of expected) expect(titles.some((text) => text.startsWith(legible(title)))).toBe(true);
      const nodes = allElements(root).flatMap(({ attributes }) => attributes['data-node'] ?? []);
      expect(nodes.sort()).toEqual([host, one, other].map(legible).sort());
    }),
    { numRuns: 60 },
  );
});

test('names break out of no label of Mermaid or DOT', () => {
  for (const trap of TRAPS.filter((one) => !one.includes(':'))) {
    const state = { ...initialState(), lab: labOf('h', trap, 'b', 'p') };
    const scene = sceneOf({ state, derived: null });
    for (const line of mermaidText(scene).trimEnd().split('\n')) {
      const strings = line.replaceAll('<br/>', '').replace(/"[\p{L}\p{N} .,:/+%#;-]*"/gu, 'S');
      expect(strings).toMatch(/^(flowchart LR| +subgraph n\d\[S\]| +n\d\[S\]| +end| +n\d (---|-\.-)\|S\| n\d)$/);
    }
    for (const line of dotText(scene).trimEnd().split('\n')) {
      const strings = line.replace(/"(?:[^"\\]|\\.)*"/g, 'S');
      expect(strings).toMatch(
        /^(graph lab \{| +\w+( \w+)? \{| *\}| +rankdir=LR;| +node \[shape=box\];| +label=S;| +n\d \[label=S\];| +n\d -- n\d \[label=S(, style=dashed)?\];)$/,
      );
    }
  }
});
