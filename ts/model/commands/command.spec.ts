import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_KINDS } from '../events/events.ts';
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
    [
      'impair a:eth0 delay 5ms jitter 1ms loss 1% corruption 0.1% rate 10M',
      {
        verb: 'impair',
        endpoint: 'a:eth0',
        change: { delayNs: 5e6, jitterNs: 1e6, lossPpm: 10_000, corruptionPpm: 1000, rateBps: 10e6 },
      },
    ],
    ['impair a:eth0 loss 0', { verb: 'impair', endpoint: 'a:eth0', change: { lossPpm: 0 } }],
    ['impair a:eth0 reset', { verb: 'impair', endpoint: 'a:eth0', change: null }],
    ['inspect-arp psw on', { verb: 'inspect-arp', node: 'psw', enabled: true }],
    ['bind psw 10.0.1.1 00:50:56:aa:00:01', { verb: 'bind', node: 'psw', ip: '10.0.1.1', mac: '00:50:56:aa:00:01' }],
    ['bind psw 10.0.1.1 none', { verb: 'bind', node: 'psw', ip: '10.0.1.1', mac: null }],
    [
      'secure psw:p1 trust on arp-limit 15 mac-limit 4 violation shutdown',
      {
        verb: 'secure',
        endpoint: 'psw:p1',
        change: { trusted: true, arpPerSecond: 15, macLimit: 4, onViolation: 'shutdown' },
      },
    ],
    ['secure psw:p1 trust off', { verb: 'secure', endpoint: 'psw:p1', change: { trusted: false } }],
    ['port psw:p1 block', { verb: 'port', endpoint: 'psw:p1', state: 'blocked' }],
    ['port psw:p1 unblock', { verb: 'port', endpoint: 'psw:p1', state: 'forwarding' }],
    [
      'ip link set nic1:pf vf 0 mac 00:50:56:AA:00:01 vlan 200 qos 5 proto 802.1q max_tx_rate 100 spoofchk off state disable trust on',
      {
        verb: 'ip-vf',
        endpoint: 'nic1:vf0',
        change: {
          adminMac: '00:50:56:aa:00:01',
          vlan: 200,
          qos: 5,
          proto: '802.1Q',
          maxTxRate: 100,
          spoofCheck: false,
          linkState: 'disable',
          trusted: true,
        },
      },
    ],
    [
      'ip link set nic1:pf vf 12 mac 00:00:00:00:00:00 query_rss on',
      { verb: 'ip-vf', endpoint: 'nic1:vf12', change: { adminMac: '', queryRss: true } },
    ],
    ['ip link set nic1:pf promisc on', { verb: 'ip-promisc', endpoint: 'nic1:pf', on: true }],
    ['bridge link set nic1:pf hwmode vepa', { verb: 'bridge-mode', node: 'nic1', mode: 'vepa' }],
    ['sriov_numvfs nic1:pf 8', { verb: 'numvfs', endpoint: 'nic1:pf', vfs: 8 }],
    ['ethtool -s nic1:pf speed 1000', { verb: 'link-speed', endpoint: 'nic1:pf', mbps: 1000 }],
    ['vf nic1:vf0 reload', { verb: 'vf', endpoint: 'nic1:vf0', action: 'reload' }],
    ['vf nic1:vf0 request 00000001', { verb: 'vf-request', endpoint: 'nic1:vf0', words: ['00000001'] }],
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
    'impair a:eth0',
    'impair a delay 5ms',
    'impair a:eth0 delay',
    'impair a:eth0 delay 5',
    'impair a:eth0 loss 101%',
    'impair a:eth0 loss 1% loss 2%',
    'impair a:eth0 loss 1% reset',
    'impair a:eth0 constructor 1%',
    'inspect-arp psw',
    'inspect-arp psw:p1 on',
    'bind psw 10.0.1.1',
    'bind psw 10.0.1 none',
    'bind psw 10.0.1.1 nobody',
    'secure psw:p1',
    'secure psw trust on',
    'secure psw:p1 trust maybe',
    'secure psw:p1 mac-limit -1',
    'port psw:p1',
    'port psw block',
    'port psw:p1 close',
    'bridge link set nic1:pf hwmode hairpin',
    'bridge link set nic1:vf0 hwmode veb',
    'sriov_numvfs nic1:vf0 8',
    'sriov_numvfs nic1:pf many',
    'ethtool -s nic1:wire speed 1000',
    'ethtool -s nic1:pf speed 1G',
  ])('"%s" is refused with the usage of its verb', (text) => {
    const usage = COMMAND_USAGE.find((line) => line.split(' ')[0] === text.split(' ')[0]) ?? '';
    expect(parseCommand(text)).toEqual({ error: `"${text}" is not a command; expected ${usage}` });
  });

  test.each([
    'ip link set nic1:pf vf 0',
    'ip link set nic1:pf vf 0 mac nobody',
    'ip link set nic1:pf vf 0 trust on trust off',
    'ip link set nic1:pf vf x trust on',
    'ip link set nic1:vf0 vf 0 trust on',
    'ip link set nic1 vf 0 trust on',
    'ip link set nic1:pf promisc maybe',
    'ip address add nic1:pf 10.0.0.1',
    'vf nic1:vf0',
    'vf nic1 reload',
    'vf nic1:vf0 reload now',
    'vf nic1:vf0 request',
  ])('"%s" is refused with the usages of its verb', (text) => {
    const usages = COMMAND_USAGE.filter((line) => line.split(' ')[0] === text.split(' ')[0]);
    expect(usages).toHaveLength(2);
    expect(parseCommand(text)).toEqual({ error: `"${text}" is not a command; expected ${usages.join(' | ')}` });
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

describe('docs/commands.md', () => {
  const page = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```\n(.*?)^```$/gms)].map(([, block = '']) => block.trim());
  const lines = blocks.flatMap((block) => block.split('\n'));

  test.each(COMMAND_USAGE)('has a block that begins with "%s"', (usage) => {
    expect(blocks.filter((block) => block.split('\n')[0] === usage)).toHaveLength(1);
  });

  test('says of no command that does not exist', () => {
    expect(blocks.map((block) => block.split('\n')[0])).toEqual([...COMMAND_USAGE]);
  });

  test('gives an example of every command, and every example is understood', () => {
    const examples = lines.filter((line) => !COMMAND_USAGE.includes(line));
    expect(examples.filter((line) => 'error' in parseCommand(line))).toEqual([]);
    expect(blocks.filter((block) => !block.includes('\n'))).toEqual([]);
    const verbs = (those: readonly string[]) => [...new Set(those.map((line) => line.split(' ')[0]))];
    expect(verbs(examples)).toEqual(verbs(COMMAND_USAGE));
  });

  test('names only events that exist', () => {
    const named = [...page.matchAll(/`([A-Z][a-z][a-zA-Z]+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(COMMAND_USAGE.length);
    expect(named.filter((name) => !Object.hasOwn(EVENT_KINDS, name))).toEqual([]);
  });
});
