import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { RULES } from '../../rules/rules.ts';
import type { Nanos } from '../../values/nanos.ts';
import { FIXED_PATHS } from '../config/settings.ts';
import { EVENT_KINDS } from '../events/events.ts';
import { COMMANDS, LIVING_COMMANDS, LIVING_FAMILIES, parseBy, parseCommand, parseLiving } from './command.ts';
import { complete } from './complete.ts';
import { type CommandForm, type CommandOf, command, family, rulesOf, usageOf, value, word } from './grammar.ts';
import { helpOf, helpOn } from './help.ts';
import { commandPage } from './page.ts';
import { parseRecorded } from './recorded.ts';
import { DURATION, node } from './values.ts';

const USAGES = COMMANDS.map(usageOf);
/** Commands that came after the recorded reason of a refusal was frozen (recorded.ts). */
const LATER = new Set([
  'suspend',
  'reset-pf',
  'functional',
  'ping',
  'arp',
  'flow',
  'session',
  'unset',
  'revert',
  'set FIREWALL PATH VALUE',
  'commit FIREWALL',
  'sync-config',
  'driver-trouble',
  'dpdk-mac',
  'vf NIC:VF refuse no-memory|opcode-mismatch|invalid-vf-id|param|not-supported',
  'vf NIC:VF driver-close',
]);

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
  ])('"%s" is no command', (text) => {
    const verb = text.split(' ')[0] ?? '';
    const { error } = parseCommand(text) as { error: string };
    expect(error.startsWith(`"${text}" is not a command: `)).toBe(true);
    expect(error.endsWith(` (see: switchback exec LAB help ${verb})`)).toBe(true);
    // In the log, such a line is refused with the usage of its verb.
    const usage = USAGES.find((line) => line.split(' ')[0] === verb) ?? '';
    expect(parseRecorded(text)).toEqual({ error: `"${text}" is not a command; expected ${usage}` });
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
  ])('"%s" is no command of either form of its verb', (text) => {
    const verb = text.split(' ')[0] ?? '';
    const { error } = parseCommand(text) as { error: string };
    expect(error.startsWith(`"${text}" is not a command: `)).toBe(true);
    expect(error.endsWith(` (see: switchback exec LAB help ${verb})`)).toBe(true);
    const usages = USAGES.filter((line) => line.split(' ')[0] === verb && !LATER.has(line));
    expect(usages).toHaveLength(2);
    expect(parseRecorded(text)).toEqual({ error: `"${text}" is not a command; expected ${usages.join(' | ')}` });
  });

  test('an unknown verb is no command, also when it is a word all objects know', () => {
    for (const text of ['reboot fw1', '', 'constructor x', '__proto__', 'toString fw1', 'valueOf']) {
      expect(parseCommand(text)).toEqual({ error: `"${text}" is not a command (see: switchback exec LAB help)` });
      const frozen = USAGES.filter((usage) => !LATER.has(usage) && !LATER.has(usage.split(' ')[0] ?? ''));
      expect(parseRecorded(text)).toEqual({ error: `"${text}" is not a command; expected ${frozen.join(' | ')}` });
    }
  });

  test('every example of the table is the command of its entry', () => {
    for (const form of LIVING_COMMANDS) {
      for (const example of form.examples) expect(parseLiving(example)).toMatchObject({ command: { verb: form.verb } });
    }
  });

  test('"step" is for a living lab, and no command of a lab file', () => {
    expect(parseLiving('step 5s')).toEqual({ command: { verb: 'step', ns: 5e9 } });
    expect(parseCommand('step 5s')).toEqual({ error: '"step 5s" is not a command (see: switchback exec LAB help)' });
  });

  test('no text makes the parser throw', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('crash', 'link', 'set', 'commit', 'fw1', 'fw1:eth1', 'up', 'accept', 'on'));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const parsed = parseLiving(words.join(' '));
        if ('command' in parsed) return;
        // One line that a terminal can take, whatever was typed.
        expect(parsed.error).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(parsed.error.length).toBeLessThan(300);
        expect(parsed.error.split('did you mean').length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('a line that is no command gets one suggestion, or what was expected:', () => {
  test.each([
    ['crsh fw1', ': did you mean "crash"? (see: switchback exec LAB help)'],
    ['crash', ': expected NODE after "crash" (see: switchback exec LAB help crash)'],
    ['crash fw1:eth1', ': expected NODE, not "fw1:eth1" (see: switchback exec LAB help crash)'],
    ['crash fw1 fw2', ': nothing may follow "fw1" (see: switchback exec LAB help crash)'],
    ['link dwn fw1:eth1', ': did you mean "down"? (see: switchback exec LAB help link)'],
    ['link sideways fw1:eth1', ': expected up|down, not "sideways" (see: switchback exec LAB help link)'],
    ['step 5', ': did you mean "5s"? (see: switchback exec LAB help step)'],
    ['step', ': expected TIME after "step" (see: switchback exec LAB help step)'],
    ['impair a:eth0 lost 1%', ': did you mean "loss"? (see: switchback exec LAB help impair)'],
    ['impair a:eth0 delay 5', ': did you mean "5s"? (see: switchback exec LAB help impair)'],
    ['impair a:eth0 rate fast', ': expected RATE after "rate", not "fast" (see: switchback exec LAB help impair)'],
    [
      'vf nic1:vf0',
      ': expected reload|enable|malicious|request|refuse|driver-close after "nic1:vf0" (see: switchback exec LAB help vf)',
    ],
    ['ip link set nic1:pf vf 0 vlna 7', ': did you mean "vlan"? (see: switchback exec LAB help ip)'],
    ['packet-io fw1 dpkd', ': did you mean "dpdk"? (see: switchback exec LAB help packet-io)'],
  ])('"%s"%s', (text, rest) => {
    expect(parseLiving(text)).toEqual({ error: `"${text}" is not a command${rest}` });
  });

  test('a long line is quoted in part, control characters as code points', () => {
    expect(parseLiving(`crash ${'x'.repeat(500)}:`)).toEqual({
      error: `"crash ${'x'.repeat(54)}…" is not a command: expected NODE, not "${'x'.repeat(60)}…" (see: switchback exec LAB help crash)`,
    });
    expect(parseLiving('cra\u001b[31msh')).toEqual({
      error: '"cra\\u{1b}[31msh" is not a command (see: switchback exec LAB help)',
    });
  });
});

describe('the refusal of a recorded line that is no command', () => {
  // SHA-256 of what logs hold: a change of the grammar must not reach them.
  test('has the bytes that it always had', () => {
    const { error } = parseRecorded('reboot fw1') as { error: string };
    expect(error).toHaveLength(1281);
    expect(createHash('sha256').update(error).digest('hex')).toBe(
      '14ca551fcc52bff426ca90b27f6bbb7deafda1198d99f9620973bb5424352fc2',
    );
  });
});

describe('the page of commands', () => {
  const page = commandPage(LIVING_FAMILIES);

  test('names only events that exist', () => {
    const named = [...page.matchAll(/`([A-Z][a-z][a-zA-Z]+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(USAGES.length);
    expect(named.filter((name) => !Object.hasOwn(EVENT_KINDS, name))).toEqual([]);
  });

  test('cites only rules that exist', () => {
    const rules = new Set(RULES.map(({ id }) => id));
    const cited = LIVING_COMMANDS.flatMap(rulesOf);
    expect(cited.length).toBeGreaterThan(20);
    expect(cited.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

describe('a command is written in one place: one that is added to a copy of the table', () => {
  const reboot = command({
    verb: 'reboot',
    grammar: [word('reboot'), value('node', node('FIREWALL')), word('after'), value('afterNs', DURATION)],
    kinds: ['firewall'],
    help: 'The firewall starts again after a time.',
    doc: ['`NodePowerChanged` (HA-01).'],
    examples: ['reboot fw1 after 5s'],
  });
  const families = [...LIVING_FAMILIES, family('Added', [reboot])];
  const forms: readonly CommandForm[] = families.flatMap((one): readonly CommandForm[] => one.forms);

  test('is read, and has the type of its grammar', () => {
    expectTypeOf<CommandOf<typeof reboot>>().toEqualTypeOf<{
      readonly verb: 'reboot';
      readonly node: string;
      readonly afterNs: Nanos;
    }>();
    expect(parseBy(forms, 'reboot fw1 after 5s')).toEqual({ command: { verb: 'reboot', node: 'fw1', afterNs: 5e9 } });
    expect(parseLiving('reboot fw1 after 5s')).toHaveProperty('error');
  });

  test('is suggested', () => {
    expect(parseBy(forms, 'rebot fw1')).toEqual({
      error: '"rebot fw1" is not a command: did you mean "reboot"? (see: switchback exec LAB help)',
    });
    expect(parseBy(forms, 'reboot fw1 aftr 5s')).toEqual({
      error: '"reboot fw1 aftr 5s" is not a command: did you mean "after"? (see: switchback exec LAB help reboot)',
    });
  });

  test('is in the help', () => {
    expect(helpOf(families)).toContain('\n  reboot FIREWALL after TIME\n      The firewall starts again after a time.\n');
    expect(helpOn(families, 'reboot')).toEqual({
      help: [
        '  reboot FIREWALL after TIME',
        '',
        '  The firewall starts again after a time. NodePowerChanged (HA-01).',
        '',
        '    reboot fw1 after 5s',
        '',
        '  Rules: HA-01',
      ].join('\n'),
    });
    expect(helpOn(families, 'rebot')).toEqual({ error: 'there is no command "rebot"; did you mean "reboot"?' });
  });

  test('is in the docs', () => {
    expect(commandPage(families)).toContain(
      '\n## Added\n\n```\nreboot FIREWALL after TIME\nreboot fw1 after 5s\n```\n\nThe firewall starts again after a time. `NodePowerChanged` (HA-01).\n',
    );
  });

  test('is completed, word by word', () => {
    expect(complete(forms, [])).toContainEqual({ kind: 'word', usage: 'reboot', words: ['reboot'] });
    expect(complete(forms, ['reboot'])).toEqual([{ kind: 'node', usage: 'FIREWALL', words: [], nodeKinds: ['firewall'] }]);
    expect(complete(forms, ['reboot', 'fw1'])).toEqual([{ kind: 'word', usage: 'after', words: ['after'] }]);
    expect(complete(forms, ['reboot', 'fw1', 'after'])).toMatchObject([{ kind: 'duration', usage: 'TIME' }]);
    expect(complete(forms, ['reboot', 'fw1', 'after', '5s'])).toEqual([]);
    expect(complete(forms, ['rebot'])).toEqual([]);
  });
});

describe('completion', () => {
  test('offers what may still follow, and no setting twice', () => {
    const names = (line: string) => complete(LIVING_COMMANDS, line.split(' ')).flatMap(({ words }) => words);
    expect(names('impair a:eth0')).toEqual(['delay', 'jitter', 'loss', 'corruption', 'rate', 'reset']);
    expect(names('impair a:eth0 loss 1%')).toEqual(['delay', 'jitter', 'corruption', 'rate']);
    expect(names('plug fw1:eth2')).toEqual(['nic', 'accelerated']);
    expect(names('vf nic1:vf0')).toEqual(['reload', 'enable', 'malicious', 'request', 'refuse', 'driver-close']);
    expect(names('set vsw1')).toEqual(['promiscuous', 'mac-changes', 'forged-transmits', ...FIXED_PATHS]);
    expect(complete(LIVING_COMMANDS, ['impair', 'a:eth0', 'loss'])).toMatchObject([{ kind: 'percent' }]);
  });
});
