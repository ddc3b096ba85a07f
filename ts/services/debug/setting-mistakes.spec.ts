/** What a fork without its lab file says of settings that are none. */
import { expect, test } from 'vitest';
import { SOUND } from '../../../test/support/small-lab-file.ts';
import { readSetting } from '../../debug/settings.ts';
import { readLabFile } from '../../topology/read-lab-file.ts';
import { refuseMistakes } from './setting-mistakes.ts';

function refused(...settings: readonly string[]): () => void {
  const read = readLabFile(SOUND, 'lab.yml');
  if (!read.ok) throw new Error('the small lab has mistakes');
  return () => refuseMistakes(read.file.lab, settings.map(readSetting));
}

test.each([
  ['vsw1.nothing=9', 'vswitch vsw1 has no property "nothing"'],
  ['vsw1.arp-profile=static', 'vswitch vsw1 has no property "arp-profile"; it is a property of firewall, host, router'],
  ['vsw1:p1.trusted=on', 'a port of a vswitch has no property "trusted"; it is a property of switch, bridge'],
  ['client:eth0.nothing=9', 'an interface has no property "nothing"'],
  ['nobody.mtu=9000', 'there is no node "nobody"'],
  ['psw:p9.trusted=on', 'psw has no interface "p9"'],
])('%s is refused with: %s', (setting, mistake) => {
  expect(refused(setting)).toThrow(mistake);
  expect(refused(setting)).not.toThrow('needs the lab file');
});

test('a property that only a lab file sets needs the file', () => {
  expect(refused('client.arp-profile=static')).toThrow('no command changes client.arp-profile=static: it needs the lab file');
});

test('all mistakes are told at once', () => {
  expect(refused('vsw1.nothing=9', 'psw.arp-inspection=off', 'nobody.mtu=9000', 'vsw1.mtu=9000')).toThrow(
    'vswitch vsw1 has no property "nothing"; there is no node "nobody"; no command changes vsw1.mtu=9000',
  );
});

test('what a command changes is no mistake', () => {
  expect(refused('psw.arp-inspection=off', 'vsw1:p1.promiscuous=accept')).not.toThrow();
});
