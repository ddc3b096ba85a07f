/** What commands do and why they are refused: crash, power-on, link. MACs and policies: test/rules/{mac,vswitch}.spec.ts. */
import { afterEach, describe, expect, test } from 'vitest';
import { firewall, host, hypervisor, lab, learningSwitch, link, seconds, vswitch } from '../../../test/support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../../../test/support/run.ts';

afterEach(everyFrameIsAccountedFor);

/** fw1 and g1 on esx1 behind a vSwitch; a physical switch and a host beside it; one host on AWS. */
function scene(): Run {
  return given(
    lab(
      hypervisor('aws1', 'aws'),
      hypervisor('esx1'),
      vswitch('vsw', { ports: { fw: {}, g1: {} }, uplinks: ['u1'] }),
      firewall('fw1', { interfaces: { eth1: { ip: '10.0.1.1/24' } } }),
      firewall('fw2', { on: 'aws1', interfaces: { eth1: { ip: '10.0.1.2/24' } } }),
      host('g1', { on: 'esx1', ip: '10.0.1.11/24' }),
      host('pc', { ip: '10.0.1.12/24' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
      link('fw1:eth1', 'vsw:fw'),
      link('g1:eth0', 'vsw:g1'),
      link('vsw:u1', 'sw:p1'),
      link('pc:eth0', 'sw:p2'),
      link('fw2:eth1', 'sw:p3'),
    ),
  );
}

/** Types of the events that a command decided. */
function decidedBy(run: Run, command: string): string[] {
  const before = run.events.length;
  run.command(command);
  return run.events.slice(before).map(({ type }) => type);
}

describe('a refused command says why, and nothing else', () => {
  const refused: readonly [command: string, reason: string][] = [
    ['crash nobody', 'no node nobody'],
    ['power-on nobody', 'no node nobody'],
    ['power-on fw1', 'fw1 is running'],
    ['link down fw1:eth9', 'no link at fw1:eth9'],
    ['set sw promiscuous accept', 'sw is not a vSwitch of this lab'],
    ['set nobody promiscuous accept', 'nobody is not a vSwitch of this lab'],
    ['set vsw:p9 promiscuous accept', 'vsw has no port p9'],
    ['set vsw:u1 promiscuous accept', "vsw:u1 is an uplink: policy applies to guests' ports"],
    ['commit g1 use-hypervisor-mac off', 'g1 is not a firewall of this lab'],
    ['commit fw2 use-hypervisor-mac off', 'option-not-available'],
    ['license g1 7c:89:c2:f9:1d:00', 'g1 is not a firewall of this lab'],
    ['ha-process fw1 stop', 'fw1 is in no HA pair'],
    ['edit-mac fw1:eth9 00:50:56:aa:00:09', 'no interface fw1:eth9'],
    ['edit-mac sw:p1 00:50:56:aa:00:09', 'sw:p1 is a port of a switch: it has no MAC of its own'],
    ['guest-mac fw1:eth1 00:50:56:aa:00:09', 'a firewall chooses its MAC by commit use-hypervisor-mac, not as a guest'],
  ];
  test.each(refused)('%s: %s', (command, reason) => {
    const run = scene();
    expect(decidedBy(run, command)).toEqual(['CommandReceived', 'CommandRefused']);
    expect(run.said('CommandRefused')[0]).toMatchObject({
      data: { command, reasons: [reason] },
      cause: run.said('CommandReceived')[0]?.position,
    });
  });

  test('a command that cannot be read is refused with what was expected', () => {
    const run = scene();
    expect(decidedBy(run, 'crash')).toEqual(['CommandReceived', 'CommandRefused']);
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['"crash" is not a command; expected crash NODE']);
  });

  test('a node that crashed cannot crash again', () => {
    const run = scene().command('crash fw1');
    expect(decidedBy(run, 'crash fw1')).toEqual(['CommandReceived', 'CommandRefused']);
  });
});

describe('power', () => {
  test('a hypervisor takes everything on it along, and nothing else', () => {
    const run = scene().command('crash esx1');
    expect(run.said('NodePowerChanged').map(({ data }) => data.node)).toEqual(['esx1', 'fw1', 'g1', 'vsw']);
  });

  test('a guest that had crashed already does not crash again with its hypervisor', () => {
    const run = scene().command('crash g1').command('crash esx1');
    expect(run.said('NodePowerChanged').map(({ data }) => data.node)).toEqual(['g1', 'esx1', 'fw1', 'vsw']);
  });

  test('a firewall that powers on says its modes again', () => {
    const run = scene().command('crash fw1').command('power-on fw1');
    expect(run.said('InterfaceModeChanged', { node: 'fw1' })).toHaveLength(2);
  });

  test('a node that crashed remembers no neighbour', () => {
    const run = scene();
    run.control.setNeighbour(run.port('pc:eth0'), 0x0a00010b, 1n, 1, 0);
    run.command('crash pc').pass(seconds(1));
    expect(run.control.readNeighbours(run.node('pc'), 0)).toEqual([]);
  });
});

describe('a cable', () => {
  test('carrier is lost at both ends, each said once', () => {
    const run = scene().command('link down sw:p1');
    expect(run.said('InterfaceLinkChanged').map(({ data }) => [data.node, data.interface, data.up])).toEqual([
      ['vsw', 'u1', false],
      ['sw', 'p1', false],
    ]);
  });

  test('taking a cable down that is down says nothing', () => {
    const run = scene().command('link down sw:p1');
    expect(decidedBy(run, 'link down vsw:u1')).toEqual(['CommandReceived', 'CommandAccepted']);
  });
});
