/**
 * Rule JUM-01: the TCP segment size that a firewall announces, where it ends connections itself.
 *
 *   pc 10.0.1.2 ── p1  sw  p2 ── eth1 10.0.1.1  fw  eth2 10.0.2.1 ── far
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readFlows } from '../../ts/engine/derived.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

interface Parts {
  readonly firewall?: string;
  readonly eth1?: string;
  readonly eth2?: string;
  readonly loopback?: string;
  readonly pc?: string;
  readonly to?: string;
}

const PROFILE = ', management-profile: on';

function text({ firewall = '', eth1 = PROFILE, eth2 = '', loopback = '', pc = '', to = '10.0.1.1' }: Parts): string {
  return `name: segments
duration: 3s
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    fw:
      kind: firewall
      on: h${firewall === '' ? '' : `\n      ${firewall}`}
      interfaces:
        eth1: { ipv4: 10.0.1.1/24${eth1} }
        eth2: { ipv4: 10.0.2.1/24${eth2} }${loopback === '' ? '' : `\n        loopback: { ipv4: 10.0.9.1/32${loopback} }`}
    sw: { kind: switch, mtu: 9216 }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24${pc} } }, gateway: 10.0.1.1 }
    far: { kind: host, interfaces: { eth0: { ipv4: 10.0.2.2/24 } } }
  links:
    - endpoints: ["pc:eth0", "sw:p1"]
    - endpoints: ["fw:eth1", "sw:p2"]
    - endpoints: ["fw:eth2", "far:eth0"]
flows:
  web: { protocol: tcp, from: "pc:eth0", to: ${to}, rate: 100, start: 100ms, stop: 1s }
`;
}

function played(parts: Parts): Run {
  return givenFile(text(parts), ['fw', 'pc']).until(seconds(2));
}

/** What became of the flow's connection. */
function connection(run: Run) {
  return readFlows(run.engine)[0]?.tcp;
}

/** The segment sizes that leave an interface in SYN segments: the option of kind 2 is the first (RFC 9293, section 3.2). */
function announced(run: Run, endpoint: string): number[] {
  return run.frames(endpoint, 'sent').flatMap((bytes) => {
    const isSyn = bytes[12] === 8 && bytes[13] === 0 && bytes[23] === 6 && ((bytes[47] ?? 0) & 2) !== 0;
    if (!isSyn) return [];
    expect([...bytes.subarray(54, 56)]).toEqual([2, 4]);
    return [new DataView(bytes.buffer, bytes.byteOffset).getUint16(56)];
  });
}

describe('the segment size that a firewall announces', () => {
  test.each([
    { says: 'nothing', firewall: '', mtu: '', size: 1460 },
    { says: 'an MTU of 1,400 at the interface', firewall: '', mtu: ', mtu: 1400', size: 1460 },
    { says: 'jumbo frames', firewall: 'jumbo: on', mtu: '', size: 9152 },
    { says: 'jumbo frames, and 1,400 at the interface', firewall: 'jumbo: on', mtu: ', mtu: 1400', size: 9152 },
    { says: 'jumbo frames, and 9,216 at the interface', firewall: 'jumbo: on', mtu: ', mtu: 9216', size: 9152 },
  ])('JUM-01: where the file says $says it is $size', ({ firewall, mtu, size }) => {
    const run = played({ firewall, eth1: `${mtu}${PROFILE}` });
    expect(announced(run, 'fw:eth1')).toEqual([size]);
    expect(connection(run)).toMatchObject({ state: 'survived', retransmissions: 0 });
  });

  test('JUM-01: a commit of another MTU changes what the interface sends and receives, and not what is announced', () => {
    const run = givenFile(text({ firewall: 'jumbo: on' }), ['fw', 'pc']).until(ms(10));
    run.command('set fw interface/eth1/mtu 1000').command('commit fw').until(seconds(2));
    expect(run.engine.lab.lab.interfaces.find(({ node, name }) => node === 'fw' && name === 'eth1')?.mtu).toBe(1000);
    expect(announced(run, 'fw:eth1')).toEqual([9152]);
  });

  test('JUM-01: a host announces what fits its own interface', () => {
    expect(announced(played({ pc: ', mtu: 1400' }), 'pc:eth0')).toEqual([1360]);
  });
});

describe('a management profile', () => {
  test('is that of the interface that has the address: a firewall refuses what is for an interface without one', () => {
    const run = played({ eth1: '', eth2: PROFILE });
    expect(connection(run)).toMatchObject({ state: 'refused' });
    expect(announced(run, 'fw:eth1')).toEqual([]);
    const other = played({ eth1: '', eth2: PROFILE, to: '10.0.2.1' });
    expect(connection(other)).toMatchObject({ state: 'survived' });
    expect(announced(other, 'fw:eth1')).toEqual([1460]);
  });

  test('of a loopback interface answers at the interface that the client is behind', () => {
    const run = played({ eth1: ', mtu: 1400', loopback: PROFILE, to: '10.0.9.1' });
    expect(connection(run)).toMatchObject({ state: 'survived' });
    expect(announced(run, 'fw:eth1')).toEqual([1460]);
  });

  test('is missing where a TCP flow is refused, as is foreseen', () => {
    expect(validated(text({ eth1: '' }))).toEqual([
      expect.stringMatching(/flow web connects to fw:eth1, which has no management profile: it is refused with a RST \[JUM-01\]$/),
    ]);
    expect(validated(text({}))).toEqual([]);
  });

  test('of a pair answers at the active unit alone, and the unit that takes over knows no connection of its peer', () => {
    const unit = (name: string) =>
      `    ${name}: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.1/24${PROFILE} }, ha1: {} } }`;
    const run = givenFile(
      `name: pair
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
${unit('fw1')}
${unit('fw2')}
    sw: { kind: switch }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [{ endpoints: ["pc:eth0", "sw:p1"] }, { endpoints: ["fw1:eth1", "sw:p2"] }, { endpoints: ["fw2:eth1", "sw:p3"] }, { endpoints: ["fw1:ha1", "fw2:ha1"] }]
ha: { pair: { group: 1, members: [{ node: fw1, priority: 50 }, { node: fw2 }] } }
flows: { web: { protocol: tcp, from: "pc:eth0", to: 10.0.1.1, rate: 10 } }
`,
      ['fw1', 'fw2'],
    ).until(seconds(2));
    expect([announced(run, 'fw1:eth1'), announced(run, 'fw2:eth1')]).toEqual([[1460], []]);
    run.command('crash fw1').until(seconds(30));
    expect(run.state.ha['fw2']?.state).toBe('active');
    expect(connection(run)).toMatchObject({ state: 'reset' });
    expect(announced(run, 'fw2:eth1')).toEqual([]);
  });

  test('that is off is none', () => {
    expect(connection(played({ eth1: ', management-profile: off' }))).toMatchObject({ state: 'refused' });
  });

  test('belongs to interfaces of firewalls that route', () => {
    expect(validated(text({ pc: PROFILE }))).toEqual([
      expect.stringContaining('a host has no property "management-profile"; it is a property of firewalls'),
    ]);
    const tap = text({}).replace('{ ipv4: 10.0.2.1/24 }', '{ mode: tap, management-profile: on }');
    expect(validated(tap)).toContainEqual(
      expect.stringContaining('fw:eth2 is tap: only layer3 interfaces have a management profile'),
    );
    const mgmt = text({})
      .replace('        eth2:', '        mgmt: { management-profile: on }\n        eth2:')
      .replace('flows:', '    - endpoints: ["fw:mgmt", "sw:p3"]\nflows:');
    expect(validated(mgmt)).toEqual([expect.stringContaining('fw:mgmt is the management port')]);
  });
});
