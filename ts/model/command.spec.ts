import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_USAGE, parseCommand } from './command.ts';

describe('commands as people type them', () => {
  test.each([
    ['crash fw1', { verb: 'crash', node: 'fw1' }],
    ['  power-on   fw1 ', { verb: 'power-on', node: 'fw1' }],
    ['link down fw1:eth1', { verb: 'link', endpoint: 'fw1:eth1', up: false }],
    ['link up fw1:eth1', { verb: 'link', endpoint: 'fw1:eth1', up: true }],
    ['set vsw1 promiscuous accept', { verb: 'set', node: 'vsw1', interface: null, setting: 'promiscuous', accept: true }],
    [
      'set vsw1:p1 forged-transmits reject',
      { verb: 'set', node: 'vsw1', interface: 'p1', setting: 'forged-transmits', accept: false },
    ],
    ['commit fw1 use-hypervisor-mac off', { verb: 'commit', node: 'fw1', useHypervisorMac: false }],
    ['edit-mac fw1:eth1 00-50-56-AA-00-09', { verb: 'edit-mac', endpoint: 'fw1:eth1', mac: '00:50:56:aa:00:09' }],
    ['guest-mac fw1:eth1 00:50:56:aa:00:09', { verb: 'guest-mac', endpoint: 'fw1:eth1', mac: '00:50:56:aa:00:09' }],
    ['license fw1 7c:89:c2:f9:1d:00', { verb: 'license', node: 'fw1', vmMacBase: '7c:89:c2:f9:1d:00' }],
    ['ha-process fw1 stop', { verb: 'ha-process', node: 'fw1', running: false }],
  ])('"%s" is understood', (text, command) => {
    expect(parseCommand(text)).toEqual({ command });
  });

  test.each([
    'crash',
    'crash fw1 fw2',
    'crash fw1:eth1',
    'link fw1:eth1 down',
    'link down fw1',
    'set vsw1 promiscuous',
    'set vsw1: promiscuous accept',
    'set vsw1:p1:x promiscuous accept',
    'set vsw1 promiscuous yes',
    'commit fw1 use-hypervisor-mac',
    'edit-mac fw1:eth1 00:50:56:aa:00',
    'ha-process fw1 pause',
  ])('"%s" is refused with the usage of its verb', (text) => {
    const usage = COMMAND_USAGE.find((line) => line.split(' ')[0] === text.split(' ')[0]) ?? '';
    expect(parseCommand(text)).toEqual({ error: `"${text}" is not a command; expected ${usage}` });
  });

  test('an unknown verb is answered with every usage, also when it is a word all objects know', () => {
    for (const verb of ['reboot fw1', '', 'constructor x', '__proto__', 'toString fw1', 'valueOf']) {
      expect(parseCommand(verb)).toEqual({ error: `"${verb}" is not a command; expected ${COMMAND_USAGE.join(' | ')}` });
    }
  });

  test('no text makes the parser throw', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('crash', 'link', 'set', 'commit', 'fw1', 'fw1:eth1', 'up', 'accept', 'on'));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        parseCommand(words.join(' '));
      }),
    );
  });
});
