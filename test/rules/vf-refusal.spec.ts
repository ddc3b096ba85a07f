/**
 * Rule VCH-01: a VF that is refused its resources, by the published statuses, and one whose PF says that its driver closes.
 *
 *   outside ── wire  nic (X710)  vf0 ── g0
 */
import { afterEach, describe, expect, test } from 'vitest';
import { RESOURCE_REFUSALS } from '../../ts/model/hardware/virtchnl.ts';
import { textOf } from '../../ts/services/publish/describe-event.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import vectors from '../vectors/virtchnl.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const VF = 'nic:vf0';
const IN_A_SECOND = 'asks again in 1 s';
const GIVEN_UP = 'gives the VF up';
const GUESTS = {
  linux: 'kind: host, on: h, interfaces: { eth1: { ipv4: 10.0.0.1/24 } }',
  dpdk: 'kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.0.1/24 } }',
  mmap: 'kind: firewall, on: h, packet-io: mmap, interfaces: { eth1: { ipv4: 10.0.0.1/24 } }',
};

function running(guest: keyof typeof GUESTS = 'linux', { model = 'x710', more = '' } = {}): Run {
  return givenFile(`name: refusal
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 2 }
    g0: { ${GUESTS[guest]} }
    outside: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["outside:eth0", "nic:wire"] }, { endpoints: ["g0:eth1", "nic:vf0"] } ]
${more}`).until(seconds(3));
}

function status(run: Run): string | undefined {
  return run.state.functions[VF]?.status;
}

function lastLog(run: Run, eventId: string): string | undefined {
  return run.said('SystemLog', { node: 'g0', eventId }).at(-1)?.data.text;
}

function isReached(run: Run, within = ms(50)): boolean {
  const before = run.said('PingAnswered').length;
  return run.command('ping outside 10.0.0.1').pass(within).said('PingAnswered').length > before;
}

describe('a VF that is refused its resources', () => {
  test('VCH-01: for want of memory in the host: its Linux driver asks again a second later, and no frame passes till then', () => {
    const run = running();
    expect(isReached(run)).toBe(true);
    run.command(`vf ${VF} refuse no-memory`);
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ op: 'GET_VF_RESOURCES', ack: false, detail: 'no-memory' });
    expect(lastLog(run, 'vf-resources-refused')).toBe('eth1: no resources from the PF: no-memory (-18), asks again in 1 s');
    expect([status(run), isReached(run)]).toEqual(['reset', false]);
    run.pass(ms(949));
    expect(status(run)).toBe('reset');
    run.pass(ms(2));
    expect([status(run), isReached(run)]).toEqual(['ready', true]);
    expect(run.said('SystemLog', { eventId: 'vf-resources-refused' })).toHaveLength(1);
  });

  test.each([
    ['NO_MEMORY', IN_A_SECOND, 'no-memory'],
    ['OPCODE_MISMATCH', IN_A_SECOND, 'opcode-mismatch'],
    ['INVALID_VF_ID', GIVEN_UP, 'invalid-vf-id'],
    ['PARAM', GIVEN_UP, 'param'],
    ['NOT_SUPPORTED', IN_A_SECOND, 'not-supported'],
  ] as const)('VCH-01: reads the published status of %s: a Linux driver %s', (name, end, refusal) => {
    const run = running('mmap').command(`vf ${VF} refuse ${refusal}`);
    const number = vectors.status[name];
    expect(textOf(run.said('VfMailboxReply').at(-1) as never)).toBe(
      `GET_VF_RESOURCES refused: ${refusal}, virtchnl status ${number}`,
    );
    expect(lastLog(run, 'vf-resources-refused')).toBe(`eth1: no resources from the PF: ${refusal} (${number}), ${end}`);
    expect(status(run.pass(seconds(5)))).toBe(end === GIVEN_UP ? 'reset' : 'ready');
    expect(status(run.command(`vf ${VF} reload`))).toBe('ready');
  });

  test.each(RESOURCE_REFUSALS)('VCH-01: %s: a DPDK driver gives its port up until it is reloaded', (refusal) => {
    const run = running('dpdk').command(`vf ${VF} refuse ${refusal}`);
    expect(lastLog(run, 'vf-resources-refused')).toMatch(/, gives the VF up$/);
    expect([status(run.pass(seconds(5))), isReached(run)]).toEqual(['reset', false]);
    expect([status(run.command(`vf ${VF} reload`)), isReached(run, seconds(5))]).toEqual(['ready', true]);
  });

  test('COST-09, VCH-01: the refusal comes with the answer, however long reset and requests take; one ordered before a crash is lost', () => {
    const run = running('linux', { more: 'control-plane: { vf-reset: 100ms, mailbox-request: 1ms }\n' }).command(
      `vf ${VF} refuse no-memory`,
    );
    expect(lastLog(run, 'vf-resources-refused')).toBeUndefined();
    expect(lastLog(run.pass(ms(110)), 'vf-resources-refused')).toMatch(/no-memory/);
    expect(status(run.pass(seconds(2)))).toBe('ready');
    run.command(`vf ${VF} refuse no-memory`).command('crash g0').command('power-on g0').pass(seconds(3));
    expect([status(run), run.said('SystemLog', { eventId: 'vf-resources-refused' }).length]).toEqual(['ready', 1]);
  });
});

describe('a PF whose driver closes', () => {
  const told = (run: Run) => run.command(`vf ${VF} driver-close`).said('SystemLog', { eventId: 'pf-driver-close' })[0]?.data;
  const event = `virtchnl event ${vectors.events.PF_DRIVER_CLOSE}, PF_DRIVER_CLOSE`;

  test('VCH-07: a DPDK driver knows the published event PF_DRIVER_CLOSE, and its frames go on', () => {
    const run = running('dpdk');
    expect(told(run)).toMatchObject({ text: `eth1: the driver of the PF closed (${event})`, severity: 'informational' });
    expect([status(run), isReached(run)]).toEqual(['ready', true]);
  });

  test.each(['linux', 'mmap'] as const)('VCH-07: a driver of Linux does not know PF_DRIVER_CLOSE (%s)', (guest) => {
    const run = running(guest);
    expect(told(run)).toMatchObject({ text: `eth1: unknown event from the PF (${event})`, severity: 'warning' });
    expect([status(run), isReached(run)]).toEqual(['ready', true]);
  });
});

describe('a message that cannot be', () => {
  const refusal = (run: Run, line: string) => run.command(line).said('CommandRefused').at(-1)?.data.reasons;
  const lines = (vf: string) => [`vf ${vf} refuse no-memory`, `vf ${vf} driver-close`];

  test.each([0, 1])(
    'VCH-01: is refused: on 10G, to a VF that nobody uses, or is disabled, to a guest that is off (%i)',
    (which) => {
      const line = (vf = VF) => lines(vf)[which] as string;
      expect(refusal(running('linux', { model: 'x550' }), line())).toEqual([
        'nic is a NIC of 10G: it has a mailbox, and no virtual channel',
      ]);
      expect(refusal(running(), line('nic:vf1'))).toEqual(['nobody uses nic:vf1']);
      expect(refusal(running().command(`vf ${VF} malicious`), line())).toEqual([`${VF} is disabled: its PF tells it nothing`]);
      expect(refusal(running().command('crash g0'), line())).toEqual(['g0:eth1 has no driver: its guest is off']);
    },
  );
});
