import { describe, expect, test } from 'vitest';
import { labFileOf, momentsOf } from '../../test/support/lab-moment.ts';
import { allElements, readXml, type XmlElement } from '../../test/support/xml-reader.ts';
import { drawing } from './drawing.ts';
import { SVG_ATTRIBUTES, SVG_TAGS, type SvgElement } from './element.ts';
import { plainLayout } from './plain-layout.ts';
import { planOf } from './plan.ts';
import type { Scene } from './scene.ts';
import { sceneOf } from './scene-of.ts';
import { svgText } from './svg-text.ts';

const virtualMac = labFileOf('ha-virtual-mac');
const scenes = momentsOf(virtualMac, [29, 45]).map(sceneOf);
const [before, after] = scenes as [Scene, Scene];
const layout = plainLayout(planOf(virtualMac.lab));

function portOf({ nodes }: Scene, node: string, name: string) {
  return nodes.find((one) => one.name === node)?.ports.find((port) => port.name === name);
}

describe('a failover of a virtual MAC', () => {
  test('moves the MAC to another port of the physical switch, and roles to the other unit', () => {
    const [mac] = before.macs.filter(({ mac: one }) => one === '00:1b:17:00:01:10');
    expect(mac?.usedBy).toContain('fw1:eth1');
    expect(portOf(before, 'psw-in', 'p11')?.believes).toContain(mac?.letter);
    expect(portOf(before, 'psw-in', 'p12')?.believes).not.toContain(mac?.letter);
    expect(portOf(after, 'psw-in', 'p12')?.believes).toContain(mac?.letter);
    expect(portOf(after, 'psw-in', 'p11')?.believes).not.toContain(mac?.letter);
    const roles = (scene: Scene) => scene.nodes.flatMap(({ name, role }) => (role === null ? [] : [`${name} ${role}`]));
    expect(roles(before)).toEqual(['fw1 active', 'fw2 passive']);
    expect(roles(after)).toEqual(['fw1 initial', 'fw2 active']);
    expect(after.nodes.find(({ name }) => name === 'fw1')?.isRunning).toBe(false);
  });

  test('has lines that carry what their flows send, and none where nobody forwards', () => {
    const load = (scene: Scene, a: string) => scene.links.find((link) => link.a === a)?.fromA.loadBps ?? null;
    // 1,000 frames a second of 128 bytes.
    expect(load(before, 'client1:eth0')).toBe(128 * 8 * 1000);
    expect(load(after, 'fw1:eth2')).toBe(0);
    expect(load(after, 'fw2:eth2')).toBeGreaterThan(0);
  });

  test('counts drops where frames died, with reason and cause', () => {
    const port = after.nodes.find(({ name }) => name === 'vsw1-in')?.ports.find(({ name }) => name === 'p1');
    const [worst] = port?.drops ?? [];
    expect(worst?.reason).toBe('forged-transmit');
    expect(worst?.frames).toBeGreaterThan(10);
    expect(worst?.cause).toBeGreaterThan(0);
  });

  test('leaves every box and every line where it was', () => {
    const geometry = (scene: Scene) => {
      const root = drawing(layout, scene);
      const kept = all(root).flatMap(({ tag, attributes }) =>
        attributes.class === 'box' || String(attributes.class).startsWith('line') ? [{ tag, ...attributes, class: '' }] : [],
      );
      return kept;
    };
    expect(geometry(after)).toEqual(geometry(before));
    expect(geometry(after).length).toBeGreaterThan(20);
  });

  test.each(scenes.map((scene) => [scene.atNs / 1e9, scene] as const))(
    'is the same text as ever at %s s',
    async (seconds, scene) => {
      const text = svgText(drawing(layout, scene, 'ha-virtual-mac'));
      await expect(text).toMatchFileSnapshot(`../../test/picture/ha-virtual-mac-${seconds}s.svg`);
      expect(text).toBe(
        svgText(drawing(plainLayout(planOf(structuredClone(virtualMac.lab))), structuredClone(scene), 'ha-virtual-mac')),
      );
    },
  );
});

describe('what a picture tells by colour', () => {
  const texts = (scene: Scene) =>
    all(drawing(layout, scene)).flatMap(({ children }) => children.filter((one) => typeof one === 'string'));
  test('it tells in words or by a shape, too', () => {
    expect(texts(before).filter((text) => /^firewall · /.test(text))).toEqual(['firewall · active', 'firewall · passive']);
    expect(texts(after).filter((text) => /^firewall · /.test(text))).toEqual(['firewall · initial · off', 'firewall · active']);
    const shapes = (scene: Scene) => all(drawing(layout, scene)).filter(({ attributes }) => attributes.class === 'cross').length;
    expect(shapes(after)).toBeGreaterThan(shapes(before));
  });
});

test('a picture has only elements and attributes of the closed lists, and keys that tell siblings apart', () => {
  for (const element of all(drawing(layout, after))) {
    expect(SVG_TAGS).toContain(element.tag);
    for (const name of Object.keys(element.attributes)) expect(SVG_ATTRIBUTES).toContain(name);
    const keys = element.children.flatMap((child) => (typeof child === 'string' || child.key === '' ? [] : [child.key]));
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('the text is XML that a strict parser reads, with the same elements', () => {
  const tree = drawing(layout, after, 'ha-virtual-mac');
  const read = allElements(readXml(svgText(tree))).filter(({ tag }) => tag !== 'style');
  const outline = ({ tag, attributes }: XmlElement | SvgElement) => `${tag} ${attributes['class'] ?? ''}`;
  expect(read.map(outline)).toEqual(all(tree).map(outline));
});

function all(element: SvgElement): readonly SvgElement[] {
  return [element, ...element.children.flatMap((child) => (typeof child === 'string' ? [] : all(child)))];
}
