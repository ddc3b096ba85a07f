/**
 * Rule MBX-10c: a PF that resets its device tells its VFs to reset themselves.
 *
 *   g0 ── vf0 ── nic ── wire ── outside        vf1: nobody's
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { firewall, host, hypervisor, lab, link, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const OWN = '02:00:5e:20:00:02';
const OUTSIDE = '00:00:5e:00:53:fe';

function oneGuest(model: 'x540' | 'x710'): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model, vfs: [{}, {}] }),
      host('g0', { on: 'esx1', mac: OWN }),
      host('outside', { mac: OUTSIDE }),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
    { watch: ['nic'] },
  );
}

/** Whether a frame from the wire reaches the guest. */
function hears(run: Run): boolean {
  run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OWN)).pass(ms(1));
  return run.sentBy('nic').includes('vf0');
}

describe('a PF that resets its device', () => {
  test('MBX-10c: tells the VF that works, which carries nothing until its driver has reset it 10 ms later', () => {
    const run = oneGuest('x540');
    expect(hears(run)).toBe(true);
    run.command('reset-pf nic:pf');
    const [reset] = run.said('PfReset', { node: 'nic', interface: 'pf' });
    const required = run.said('VfResetRequired');
    expect(required.map(({ data, cause }) => [data.interface, data.reason, cause])).toEqual([['vf0', 'pf-reset', reset?.position]]);
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'reset', isClearToSend: false });
    expect(hears(run)).toBe(false);
    run.command('vf nic:vf0 request 00010004 64');
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ ack: false, detail: 'before-reset' });
    run.pass(ms(11));
    expect(run.said('VfReset', { interface: 'vf0', ready: true }).at(-1)?.cause).toBe(required[0]?.position);
    expect(hears(run)).toBe(true);
  });

  test('MBX-10c: what arrives meanwhile is dropped, because of the reset', () => {
    const run = oneGuest('x540').command('reset-pf nic:pf');
    run.receives('nic:wire', plainFrame(OUTSIDE, OWN)).pass(ms(1));
    expect(run.dropped('nic:vf0', 'pool-rx-disabled')).toBe(1);
    const [drop] = run.said('FrameDropped', { reason: 'pool-rx-disabled' });
    expect(drop?.cause).toBe(run.said('PfReset')[0]?.position);
  });

  test('MBX-10c, VCH-02: a VF of 40G loses its addresses, too, and its driver programs them again', () => {
    const run = oneGuest('x710').command('reset-pf nic:pf');
    expect(run.said('VfResetRequired').map(({ data }) => `${data.interface} ${data.reason}`)).toEqual(['vf0 reset-impending']);
    expect(run.said('VfReset', { reason: 'pf-reset', ready: false })).toHaveLength(1);
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'reset', addresses: {} });
    run.pass(ms(11));
    expect(Object.keys(run.state.functions['nic:vf0']?.addresses ?? {})).toEqual([OWN]);
    expect(hears(run)).toBe(true);
  });

  test('MBX-10c: a VF that its PF has disabled is not told, and stays disabled', () => {
    const run = oneGuest('x710').command('vf nic:vf0 malicious').command('reset-pf nic:pf').pass(ms(11));
    expect(run.said('VfResetRequired')).toEqual([]);
    expect(run.state.functions['nic:vf0']?.status).toBe('disabled');
  });

  test('MBX-10c, PCI-01: no PF of a lab, or one that a guest has, is not reset by the host', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { model: 'x540', vfs: [{}] }),
        firewall('fw', { interfaces: { eth1: { mac: OWN } } }),
        host('outside', { mac: OUTSIDE }),
        link('fw:eth1', 'nic:pf'),
        link('outside:eth0', 'nic:wire'),
      ),
    );
    run.command('reset-pf nic:pf').command('reset-pf fw:pf');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['nic:pf is assigned to fw:eth1: the host has no driver for it'],
      ['fw:pf is no function of a NIC of this lab'],
    ]);
  });
});
