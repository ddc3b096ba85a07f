/** Rows of the vector files that are numbers and names of one table or another, each beside what the lab has for it. */
import { describe, expect, test } from 'vitest';
import { vectorFaults } from '../../scripts/rules/vector-rows.ts';
import { readVectorTables } from '../../scripts/rules.ts';
import { TX_FREE_THRESHOLD } from '../../ts/dataplane/configure-io.ts';
import { MAILBOX_OP } from '../../ts/engine/agents/sr-iov/mailbox.ts';
import { VIRTCHNL_LIMITS } from '../../ts/engine/agents/sr-iov/virtchnl.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import { COSTS_PS } from '../../ts/model/hardware/cost.ts';
import { BUFFER_BYTES, RX_BURST, RX_FREE_THRESHOLD, VECTOR_REARM } from '../../ts/model/hardware/dpdk-ring.ts';
import { boundVersion, NATIVE_PROFILES } from '../../ts/model/hardware/driver-matrix.ts';
import { vfsMax } from '../../ts/model/hardware/nic.ts';
import { VIRTCHNL_STATUS } from '../../ts/model/hardware/virtchnl.ts';
import { textOf } from '../../ts/services/publish/describe-event.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { host, hypervisor, lab, link, nic } from '../support/lab.ts';
import { dpdkOnVf } from '../support/lab-file.ts';
import { given, type Run } from '../support/run.ts';
import costs from '../vectors/cost-model.json' with { type: 'json' };
import dpdk from '../vectors/dpdk-ring.json' with { type: 'json' };
import matrix from '../vectors/driver-matrix.json' with { type: 'json' };
import platform from '../vectors/platform.json' with { type: 'json' };
import mailbox from '../vectors/vf-mailbox.json' with { type: 'json' };
import virtchnl from '../vectors/virtchnl.json' with { type: 'json' };

test('every row of every vector file has tests that take it up, or says what it waits for', () => {
  expect(vectorFaults('test/vectors', readVectorTables(), null)).toEqual([]);
});

describe('costs', () => {
  test.each([
    ['dpcls_extra', 'emc-miss'],
    ['vf_pmd_rx', 'pmd-rx'],
    ['vf_pmd_tx', 'pmd-tx'],
  ] as const)('of the published parameters %s is the cost of %s', (parameter, cost) => {
    expect(COSTS_PS[cost]).toBe(costs.parameters[parameter].value * 1000);
  });

  test('the delay of a hop through OVS with DPDK is a tenth of a microsecond', () => {
    const ns = (COSTS_PS['pmd-rx'] + COSTS_PS.emc + COSTS_PS['pmd-tx']) / 1000;
    expect(ns / 1000).toBeCloseTo(costs.latency_parameters_us.emc, 1);
  });

  test('from guest to guest through OVS with DPDK', () => {
    const row = costs.calibration.find((one) => one.case === 'ovs-dpdk VM to VM');
    expect((COSTS_PS['vhost-dequeue'] + COSTS_PS.emc + COSTS_PS['vhost-enqueue']) / 1000).toBeCloseTo(row?.model_ns ?? 0, 6);
  });
});

describe('a DPDK port', () => {
  test.each([
    ['rx_max_burst', RX_BURST],
    ['rx_free_thresh', RX_FREE_THRESHOLD],
    ['tx_free_thresh', TX_FREE_THRESHOLD],
    ['vector_rearm', VECTOR_REARM],
  ] as const)('has the published %s', (name, own) => {
    expect(own).toBe(dpdk.defaults[name]);
  });
});

describe('the pool behind the rings', () => {
  test('DPK-07: the warning of a small pool names the memory of a larger one, from the published headroom and mbuf_data', () => {
    const { headroom, mbuf_data: data } = dpdk.defaults;
    const result = readLabFile(dpdkOnVf('x710', 'mbufs: 256'), 'pool.lab.yml');
    const [warning] = result.ok ? result.warnings.filter(({ rule }) => rule === 'DPK-07') : [];
    const [, buffers = 0, bytes] =
      /set mbufs to (\d+) or more, which take (\d+) bytes/.exec(warning?.remedy ?? '')?.map(Number) ?? [];
    expect(buffers).toBeGreaterThan(256);
    expect(bytes).toBe(buffers * (headroom + data));
    expect(BUFFER_BYTES).toEqual({ headroom, data });
  });
});

describe('drivers', () => {
  const rows = matrix.lab_profiles.native.filter(({ vf, mode }) => mode === 'dpdk' && !/^(iavf|ixgbevf)/.test(vf));

  test.each(rows.map((row) => [row.nic, row] as const))(
    '%s of the placeholder profile runs the DPDK of its release',
    (name, row) => {
      expect(`${name} (${boundVersion(NATIVE_PROFILES.placeholder, name, 'dpdk').split(' ')[0]})`).toBe(row.vf);
    },
  );
});

describe('interface modes', () => {
  /** What validate finds missing for a layer-3 firewall behind a vSwitch that rejects everything. */
  function missing(option: 'on' | 'off'): { promiscuous: boolean; forged: boolean } {
    const text = `name: modes
topology:
  nodes:
    h: { kind: hypervisor }
    sw: { kind: vswitch, on: h, promiscuous: reject, forged-transmits: reject }
    fw: { kind: firewall, on: h, use-hypervisor-mac: ${option}, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    g: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["fw:eth1", "sw:p1"] }, { endpoints: ["g:eth0", "sw:p2"] } ]
`;
    const result = readLabFile(text, 'lab.yml');
    if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
    const messages = result.warnings.map(({ message }) => message).join('\n');
    return { promiscuous: messages.includes('rejects promiscuous mode'), forged: messages.includes('rejects forged transmits') };
  }

  const rows = platform.interface_modes.filter(({ mode }) => mode === 'layer3');

  test.each(rows.map((row) => [row.option === 'off' ? 'off' : 'on', row] as const))(
    'layer 3 with the option %s: what it needs of its port',
    (option, row) => {
      expect(missing(option)).toEqual({ promiscuous: row.needs_promiscuous, forged: row.needs_forged_transmits });
    },
  );
});

describe('the mailbox', () => {
  test('has the published operations, but those for IPsec', () => {
    const published = Object.entries(mailbox.opcodes).map(([name, code]) => [name, Number.parseInt(code, 16)]);
    expect(Object.entries(MAILBOX_OP)).toEqual(published.filter(([name]) => !String(name).startsWith('IPSEC')));
    const run = oneVf('x540', { trusted: true });
    for (const code of [mailbox.opcodes.IPSEC_ADD, mailbox.opcodes.IPSEC_DEL]) {
      expect(lastReply(run.command(`vf nic:vf0 request 0000${code}`))).toMatchObject({ ack: false, detail: 'unknown-opcode' });
    }
  });

  test('knows the published receive modes by their numbers', () => {
    const run = oneVf('x540', { trusted: true });
    const names = Object.values(mailbox.xcast_codes).map((code) => {
      return lastReply(run.command(`vf nic:vf0 request 0000000c ${code.toString(16)}`))?.detail.toUpperCase();
    });
    expect(names).toEqual(['NONE', 'MULTI', 'ALLMULTI', 'PROMISCUOUS']);
    expect(Object.keys(mailbox.xcast_codes)).toEqual(['NONE', 'MULTI', 'ALLMULTI', 'PROMISC']);
  });
});

describe('the virtual channel', () => {
  test('answers the published operations, and says of which it knows nothing', () => {
    const unknown = Object.keys(virtchnl.opcodes).filter((op) => {
      return lastReply(oneVf('x710', { trusted: true }).command(`vf nic:vf0 request ${op} 1 1`))?.detail === 'unknown-opcode';
    });
    expect(unknown).toEqual(['CONFIG_TX_QUEUE', 'CONFIG_RX_QUEUE', 'EVENT', 'GET_RSS_HENA_CAPS', 'SET_RSS_HENA']);
  });

  test.each([
    ['SUCCESS', VIRTCHNL_STATUS.success],
    ['PARAM', VIRTCHNL_STATUS.param],
    ['ADMIN_QUEUE', VIRTCHNL_STATUS['admin-queue']],
    ['NOT_SUPPORTED', VIRTCHNL_STATUS['not-supported']],
  ] as const)('answers with the published status of %s', (name, own) => {
    expect(own).toBe(virtchnl.status[name]);
  });

  test.each([
    ['LINK_CHANGE', 'the PF reports to the VF: link down, virtchnl event'],
    ['RESET_IMPENDING', 'the PF asks the VF to reset itself (reset-impending, virtchnl event'],
  ] as const)('VCH-07, VCH-09: a line of the log names the published number of %s', (name, text) => {
    const run = oneVf('x710', {}).command('link down nic:wire').command('reset-pf nic:pf');
    const lines = [...run.said('VfLinkReported'), ...run.said('VfResetRequired')].map((event) => textOf(event as LabEvent));
    expect(lines.filter((line) => line.startsWith(`${text} ${virtchnl.events[name]}`))).toHaveLength(1);
  });

  test('MBX-10: a VF of 10G is told by its mailbox, which has no such events', () => {
    const [line] = oneVf('x540', {})
      .command('reset-pf nic:pf')
      .said('VfResetRequired')
      .map((event) => textOf(event as LabEvent));
    expect(line).toBe('the PF asks the VF to reset itself (pf-reset)');
  });

  test.each([
    ['max_vfs_per_device', vfsMax('x710', 1)],
    ['default_queue_pairs', VIRTCHNL_LIMITS.defaultQueuePairs],
    ['max_queue_pairs', VIRTCHNL_LIMITS.queuePairs],
    ['untrusted_macs', VIRTCHNL_LIMITS.untrustedMacs],
    ['untrusted_vlans', VIRTCHNL_LIMITS.untrustedVlans],
    ['rss_key_bytes', VIRTCHNL_LIMITS.rssKeyBytes],
    ['rss_lut_entries', VIRTCHNL_LIMITS.rssTableEntries],
  ] as const)('has the published limit %s', (name, own) => {
    expect(own).toBe(virtchnl.limits[name]);
  });
});

/** A guest on the only VF of a NIC whose PF is promiscuous. */
function oneVf(model: 'x540' | 'x710', vf: object): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model, vfs: [vf], pfPromiscuous: true }),
      host('g0', { on: 'esx1' }),
      host('outside'),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
  );
}

function lastReply(run: Run): { readonly ack: boolean; readonly detail: string } | undefined {
  return run.said('VfMailboxReply').at(-1)?.data;
}
