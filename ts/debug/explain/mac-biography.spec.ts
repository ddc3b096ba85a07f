import { describe, expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { createEngine } from '../../services/engine/host.ts';
import { parseMac } from '../../values/mac.ts';
import { type MacBiography, macBiography } from './mac-biography.ts';

const records = recordsOf(shippedLab('garp-blocked-by-arp-inspection'));

function biographyOf(text: string): MacBiography {
  const mac = parseMac(text);
  if (mac === null) throw new Error(`${text} is not a MAC`);
  return macBiography(records, mac, createEngine);
}

describe('the MAC of a firewall that died', () => {
  const life = biographyOf('52:54:00:aa:00:01');

  test('belongs to its interface, as all three addresses, from the beginning', () => {
    expect(life.owners.map(({ interface: at, as, fromNs, toNs }) => [at, as, fromNs, toNs])).toEqual([
      ['fw1:eth1', 'initial', 0, null],
      ['fw1:eth1', 'effective', 0, null],
      ['fw1:eth1', 'used', 0, null],
    ]);
  });

  test('is believed by the client for 21.5 s after the crash, and every frame to it goes astray meanwhile', () => {
    expect(life.believers).toHaveLength(1);
    const [client] = life.believers;
    expect(client).toMatchObject({ node: 'client', ip: '10.0.1.1' });
    expect(client?.toNs).toBeGreaterThan(42e9);
    // Its flow's frames, and the requests that ask the dead unit whether it is still there.
    const ofFlow = client?.places.find(({ at }) => at === 'fw1:eth1');
    expect(ofFlow).toMatchObject({ reason: 'interface-down' });
    expect(ofFlow?.frames).toBeGreaterThanOrEqual(21502);
    expect(client?.astray).toBe(client?.places.reduce((sum, { frames }) => sum + frames, 0));
    expect(life.sameChain).toBe(true);
  });
});

test('the MAC of the unit that took over is believed from the moment it is bound', () => {
  const [client] = biographyOf('52:54:00:bb:00:01').believers;
  expect(client?.fromNs).toBeGreaterThan(45e9);
  expect(client).toMatchObject({ node: 'client', toNs: null, astray: 0 });
});

test('an address that nobody has has no life', () => {
  expect(biographyOf('02:00:00:00:00:99')).toMatchObject({ owners: [], believers: [], moves: [], tables: [] });
});
