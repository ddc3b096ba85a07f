/** A mistake in a lab file is one finding, at its place, and says what was expected. */
import { describe, expect, test } from 'vitest';
import { findings, SOUND, withMistake } from '../../test/support/small-lab-file.ts';

describe('one mistake is one finding, where it was made', () => {
  const mistakes: [what: string, good: string, bad: string, finding: string | RegExp][] = [
    [
      'an unknown key',
      'priority: 50',
      'prioritty: 50',
      /^lab.yml:30:45: error: an HA member has no property "prioritty"; did you mean "priority"\?$/,
    ],
    [
      'the beginning of a property',
      'kind: vswitch, on: esx2',
      'kind: vswitch, forged: reject, on: esx2',
      /: error: vswitch vsw2 has no property "forged"; did you mean "forged-transmits"\?$/,
    ],
    ['an unknown kind', 'kind: switch }', 'kind: swich }', /:20:18: error: "swich" is not a node kind; .*did you mean "switch"\?/],
    ['no kind', 'psw: { kind: switch }', 'psw: {}', /:20:5: error: psw has no kind; expected one of hypervisor, vswitch/],
    ['no name', 'name: small\n', '', /: error: a lab file needs the property "name"/],
    ['a node that is a list', 'psw: { kind: switch }', 'psw: []', /:20:10: error: expected a node, found a list/],
    [
      "another kind's property",
      'kind: switch }',
      'kind: switch, promiscuous: accept }',
      /switch psw has no property "promiscuous"; it is a property of vswitch/,
    ],
    [
      'an unknown node in a link',
      '"client:eth0", "psw:p1"',
      '"clint:eth0", "psw:p1"',
      /:23:19: error: there is no node "clint"; did you mean "client"\?/,
    ],
    [
      'an endpoint without interface',
      '"client:eth0", "psw:p1"',
      '"client", "psw:p1"',
      /:23:19: error: "client" is not an endpoint "node:interface"/,
    ],
    [
      "netlab's short link to no node",
      '- endpoints: ["client:eth0", "psw:p1"]',
      '- client-pws',
      /netlab's short form.*\["client:eth1", "pws:eth1"\]/,
    ],
    ['three ends', '"psw:p1"]', '"psw:p1", "psw:p9"]', /expected at most 2 items, found 3/],
    ['an interface linked twice', '"psw:p2"', '"psw:p1"', /:24:31: error: psw:p1 is already linked, in line 23/],
    [
      'an interface not linked',
      'ha1: { mode: ha }',
      'ha1: { mode: ha }\n        eth9: { mode: tap }',
      /:16:9: error: fw1:eth9 is not linked to anything/,
    ],
    [
      'an uplink not linked',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx2, uplinks: [up1, up2]',
      /:9:53: error: uplink vsw2:up2 is not linked/,
    ],
    ['a port not linked', 'p1: { vlan: 0 }', 'p1: { vlan: 0 }, p7:', /vsw1:p7 is not linked/],
    ['a hypervisor linked', '"psw:p2"', '"esx1:p2"', /esx1 is a hypervisor, which has no interfaces/],
    ['a bad MAC', '00:50:56:aa:00:01', '00:50:56:aa:00', /"00:50:56:aa:00" is not a unicast MAC/],
    ['a multicast MAC', '00:50:56:aa:00:01', '01:00:5e:00:00:01', /is not a unicast MAC/],
    ['a bad address', '10.0.1.11/24', '10.0.1.256/24', /:21:74: error: "10.0.1.256\/24" is not an IPv4 address with its prefix/],
    ['an address without prefix', '10.0.1.11/24', '10.0.1.11', /"10.0.1.11" is not an IPv4 address with its prefix length/],
    ['a bad duration', 'duration: 10s', 'duration: 10', /:33:11: error: 10 is not a duration with a unit, such as 20s/],
    ['a bad time of a step', 'at: 5s', 'at: 5x', /"5x" is not a duration/],
    ['a bad rate', '"psw:p1"]', '"psw:p1"]\n      rate: 10Q', /:24:13: error: "10Q" is not a rate such as 10G/],
    ['a VLAN out of range', 'vlan: 0', 'vlan: 4096', /4096 is not a VLAN from 0 to 4095/],
    ['an address given twice', '10.0.1.11/24', '10.0.1.1/24', /:21:74: error: 10.0.1.1 is also the address of fw1:eth1/],
    [
      'a MAC given twice',
      'eth0: { ipv4: 10.0.1.11/24 }',
      'eth0: { ipv4: 10.0.1.11/24, mac: 00:50:56:aa:00:01 }',
      /:21:93: error: 00:50:56:aa:00:01 is also the MAC of fw1:eth1/,
    ],
    ['a group of an unknown name', 'kind: switch }', 'kind: switch, group: x }', /there is no group "x"/],
    ['no hypervisor', 'kind: vswitch, on: esx2', 'kind: vswitch', /:9:5: error: vsw2 needs "on": the hypervisor it runs on/],
    [
      'an unknown hypervisor',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx3',
      /:9:32: error: there is no node "esx3"; did you mean "esx1"\?/,
    ],
    ['a host that is no hypervisor', 'kind: vswitch, on: esx2', 'kind: vswitch, on: psw', /"psw" is a switch, not a hypervisor/],
    [
      'the wrong hypervisor',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx1',
      /fw2 runs on esx2 and cannot be plugged into vsw2, which is on esx1/,
    ],
    ['a gateway out of reach', 'gateway: 10.0.1.1', 'gateway: 10.0.9.1', /10.0.9.1 is in no network of client's interfaces/],
    [
      'a route with host bits',
      'gateway: 10.0.1.1',
      'routes: [ { to: 10.0.0.1/8, via: 10.0.1.1 } ]',
      /"10.0.0.1\/8" is not a network such as/,
    ],
    [
      'a firewall interface of another scheme',
      '"fw1:ha1", "fw2:ha1"]',
      '"fw1:ha1", "fw2:ha1"]\n    - endpoints: ["fw1:wan", "psw:p9"]',
      /"wan" is not an interface of a firewall; expected eth1 to eth240/,
    ],
    ['a group out of range', 'group: 1,', 'group: 64,', /64 is not a group id from 1 to 63/],
    ['a member missing', ', { node: fw2 } ]', ' ]', /expected at least 2 items, found 1/],
    ['a member that is no firewall', '{ node: fw2 }', '{ node: client }', /client is a host; HA pairs are made of firewalls/],
    ['a member twice', '{ node: fw2 }', '{ node: fw1 }', /fw1 is already a member of HA pair edge/],
    ['an unknown member', '{ node: fw2 }', '{ node: fw3 }', /there is no node "fw3"; did you mean "fw1"\?/],
    [
      'no ha1',
      '{ node: fw2 }',
      '{ node: fw2, ha1: ha2 }',
      /:30:61: error: fw2:ha2 must carry HA1 but is not linked; did you mean "ha1"\?/,
    ],
    [
      'ha1 not linked',
      '    - endpoints: ["fw1:ha1", "fw2:ha1"]\n',
      '',
      /:29:3: error: fw1:ha1 and fw2:ha1 must carry HA1 but are not linked to each other/,
    ],
    [
      'ha1 in another mode',
      'ha1: { mode: ha }',
      'ha1: { mode: tap }',
      /:15:22: error: fw1:ha1 carries HA1, so its mode must be ha, not tap/,
    ],
    [
      'unlike members',
      'interfaces: { eth1: { ipv4: 10.0.1.1/24 } }',
      'interfaces: { eth1: { ipv4: 10.0.1.2/24 } }',
      /fw2:eth1 \(layer3 10.0.1.2\/24\) differs from fw1:eth1/,
    ],
    [
      'a hello below eight seconds',
      'group: 1,',
      'group: 1, timers: { hello: 1s },',
      /a hello interval must be at least 8s \[HA-04\]/,
    ],
    ['unknown timers', 'group: 1,', 'group: 1, timers: fast,', /"fast" is not HA timers \(recommended, aggressive, or a map\)/],
    ['a flow from nowhere', 'from: client:eth0', 'from: client:eth1', /client has no interface "eth1"; did you mean "eth0"\?/],
    ['a flow from a firewall', 'from: client:eth0', 'from: fw1:eth1', /fw1 is a firewall; flows start at hosts/],
    [
      'a flow without a route',
      'gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } }',
      'interfaces: { eth0: { ipv4: 10.0.2.11/24 } }',
      /client has no route to 10.0.1.1/,
    ],
    [
      'a frame too long',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, size: 1515 }',
      /frames of 1515 bytes do not fit client:eth0; its MTU allows 1514/,
    ],
    [
      'a frame too short for TCP',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, protocol: tcp, size: 69 }',
      /69 bytes hold no data of a TCP flow; at least 70/,
    ],
    [
      'an unknown protocol',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, protocol: sctp }',
      /"sctp" is not a protocol \(udp or tcp\)|"sctp" is not a protocol/,
    ],
    [
      'an outcome of a flow of UDP frames',
      'flow: ping, lost: { max: 100 }',
      'flow: ping, outcome: survived, lost: { max: 100 }',
      /:42:\d+: error: "outcome" is of a TCP flow; ping sends UDP frames/,
    ],
    ['a flow that stops first', 'to: 10.0.1.1 }', 'to: 10.0.1.1, start: 2s, stop: 1s }', /flow ping stops before it starts/],
    ['no command', 'crash fw1', 'reboot fw1', /:\d+:\d+: error: "reboot fw1" is not a command \(see: switchback exec LAB help\)$/],
    [
      'a misspelt command',
      'crash fw1',
      'crsh fw1',
      /:\d+:\d+: error: "crsh fw1" is not a command: did you mean "crash"\? \(see: switchback exec LAB help\)$/,
    ],
    ['what only a living lab knows', 'crash fw1', 'step 5s', /"step 5s" is for a living lab; in a lab file, "at" says when/],
    ['a command about nobody', 'crash fw1', 'crash fw3', /there is no node "fw3"/],
    ['a command about no interface', 'crash fw1', 'link down fw1:eth7', /fw1 has no interface "eth7"; did you mean "eth1"\?/],
    [
      'a port unblocked on no switch',
      'crash fw1',
      'port fw1:eth1 unblock',
      /"port" is for a vswitch or switch or bridge; fw1 is a firewall/,
    ],
    [
      'a binding on no physical switch',
      'crash fw1',
      'bind vsw1 10.0.1.1 none',
      /"bind" is for a switch or bridge; vsw1 is a vswitch/,
    ],
    ['inspection on no switch', 'crash fw1', 'inspect-arp client on', /"inspect-arp" is for a switch or bridge; client is a host/],
    ['security of no port', 'crash fw1', 'secure psw:p7 mac-limit 1', /psw has no interface "p7"; did you mean "p1"\?/],
    ['an impairment of no line', 'crash fw1', 'impair clint:eth0 loss 1%', /there is no node "clint"; did you mean "client"\?/],
    ['an impairment in other words', 'crash fw1', 'impair client:eth0 lost 1%', /is not a command: did you mean "loss"\?/],
    ['a command for another kind', 'crash fw1', 'commit psw use-hypervisor-mac on', /"commit" is for a firewall; psw is a switch/],
    ['a step after the end', 'at: 5s', 'at: 10s', /this step never happens: the run ends at 10.000000000 s/],
    [
      'an unknown event',
      'event: HaStateChanged',
      'event: HaStateChange',
      /:39:18: error: there is no event "HaStateChange"; did you mean "HaStateChanged"\?/,
    ],
    ['a value that no event has', 'to: active }', 'to: actve }', /HaStateChanged.to is never "actve"; did you mean "active"\?/],
    ['an unknown field', 'to: active }', 'too: active }', /:39:54: error: HaStateChanged has no field "too"; did you mean "to"\?/],
    ['a field of another type', 'to: active }', 'to: 1 }', /HaStateChanged.to is a string, 1 is a number/],
    ['an unknown node in a field', 'node: fw2, to', 'node: fw3, to', /there is no node "fw3"/],
    ['an unknown state', 'state: active', 'state: actve', /"actve" is not an HA state; .*did you mean "active"\?/],
    [
      'a neighbour of no interface',
      'node: client, ip',
      'interface: eht0, node: client, ip',
      /:40:\d+: error: client has no interface "eht0"; did you mean "eth0"\?/,
    ],
    ['an HA state of a host', 'ha: fw2', 'ha: client', /client is a host; only firewalls have an HA state/],
    ['an unknown flow', 'flow: ping', 'flow: pong', /there is no flow "pong"; did you mean "ping"\?/],
    [
      'an unknown drop reason',
      'reason: interface-down',
      'reason: interface-dwn',
      /there is no drop reason "interface-dwn"; did you mean "interface-down"\?/,
    ],
    ['a check after the end', 'at: 4s', 'at: 40s', /this time is after the end of the run at 10/],
    ['keys that do not go together', 'ha: fw2, state: active', 'ha: fw2, state: active, count: 1', /"count" does not go with "ha"/],
    [
      'an expectation about nothing',
      '{ ha: fw2, state: active }',
      '{ at: 1s }',
      /an expectation needs one of event, neighbour, ha, flow, drops/,
    ],
    [
      'a misspelt subject',
      '{ ha: fw2, state: active }',
      '{ hq: fw2, state: active }',
      /an expectation has no property "hq"; did you mean "ha"\?/,
    ],
    ['bounds upside down', 'lost: { max: 100 }', 'lost: { min: 5, max: 1 }', /min 5 is above max 1/],
    ['a bad node name', 'psw: { kind: switch }', 'psw: { kind: switch }\n    "a b": { kind: switch }', /"a b" is not a node name/],
    [
      'a duplicate key',
      'psw: { kind: switch }',
      'psw: { kind: switch }\n    psw: { kind: switch }',
      /:21:5: error: this key already exists in the same map/,
    ],
    [
      'an on: in the wrong place',
      'kind: host, gateway',
      'kind: host, on: esx1x, gateway',
      /there is no node "esx1x"; did you mean "esx1"\?/,
    ],
  ];

  test.each(mistakes)('%s', (_what, good, bad, expected) => {
    expect(findings(withMistake(good, bad))).toEqual([expect.stringMatching(expected)]);
  });

  test('a file with ten different mistakes gives exactly ten findings, in reading order', () => {
    const ten: [string, string][] = [
      ['kind: vswitch, on: esx2', 'kind: vswitch, on: esx9'],
      ['mac: 00:50:56:aa:00:01', 'mac: 00:50:56:aa:00'],
      ['kind: switch }', 'kind: switch, ageing: soon }'],
      ['"vsw2:up1", "psw:p3"', '"vsw2:up1", "psv:p3"'],
      ['group: 1,', 'group: 100,'],
      ['priority: 50', 'prio: 50'],
      ['from: client:eth0', 'from: client:eth5'],
      ['crash fw1', 'crush fw1'],
      ['event: HaStateChanged', 'event: HaStateChange'],
      ['reason: interface-down', 'reason: down'],
    ];
    const text = ten.reduce((sofar, [good, bad]) => sofar.replace(good, bad), SOUND);
    const found = findings(text);
    expect(found).toHaveLength(10);
    expect(found.map((line) => Number(line.split(':')[1]))).toEqual([9, 14, 20, 25, 30, 30, 32, 35, 39, 43]);
  });

  test('a mistake in what many nodes inherit is told once', () => {
    expect(
      findings(
        withMistake('uplinks: [up1] }', 'uplinks: [up1], on: esx9 }')
          .replaceAll('vswitch, on: esx1,', 'vswitch,')
          .replaceAll('vswitch, on: esx2', 'vswitch'),
      ),
    ).toEqual(['lab.yml:4:36: error: there is no node "esx9"; did you mean "esx1"?']);
  });
});
