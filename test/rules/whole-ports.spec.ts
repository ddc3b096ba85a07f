/**
 * Interface modes of a firewall that has whole ports of NICs (PCI-02), and that reads packet sockets (MMP-01).
 *
 *   a 10.0.0.1 ── wire n1 pf ── eth1  fw  eth2 ── pf n2 wire ── b 10.0.0.2
 */
import { afterEach, describe, expect, test } from 'vitest';
import { hex, plainFrame } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const STRANGER = '02:00:00:00:00:99';

/** A firewall with both PFs. */
function wholePorts(mode: string, settings: string, more = ''): Run {
  const run = givenFile(
    `name: ports
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    n1: { kind: nic, on: h, model: x710, vfs: 0 }
    n2: { kind: nic, on: h, model: x550, vfs: 0 }
    fw: { kind: firewall, on: h${settings}${more}, interfaces: { eth1: { mode: ${mode} }, eth2: { mode: ${mode} } } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mac: "${A}" } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24, mac: "${B}" } } }
  links:
    - endpoints: ["a:eth0", "n1:wire"]
    - endpoints: ["fw:eth1", "n1:pf"]
    - endpoints: ["fw:eth2", "n2:pf"]
    - endpoints: ["b:eth0", "n2:wire"]
`,
    ['fw', 'n1', 'n2'],
  );
  return run.until(seconds(1)).forgetSeen();
}

const WIRE = ', virtual-wires: { w: { interfaces: [eth1, eth2] } }';
const LAYER2 = ', vlans: { lan: { interfaces: [eth1, eth2] } }';

describe('a firewall on whole ports', () => {
  test.each([
    ['virtual-wire', WIRE],
    ['layer2', LAYER2],
  ])('PCI-02e: %s carries frames of strangers both ways, and no policy has to allow it', (mode, settings) => {
    const run = wholePorts(mode, settings);
    run.command('ping a 10.0.0.2 count 2 interval 100ms').pass(seconds(2));
    expect(run.said('PingFinished')[0]?.data).toMatchObject({ sent: 2, answered: 2 });
    run.forgetSeen().receives('n1:wire', plainFrame(STRANGER, B)).pass(ms(5));
    expect(run.frames('n2:wire', 'sent').map(hex)).toContain(hex(plainFrame(STRANGER, B)));
    expect([...run.dropsAt('n1'), ...run.dropsAt('n2')]).toEqual([]);
  });

  test('PCI-02f: its port is promiscuous while it asks for that, and filters while it does not', () => {
    const open = wholePorts('tap', '');
    open.receives('n1:wire', plainFrame(A, STRANGER)).pass(ms(5));
    expect(open.frames('fw:eth1', 'received').map(hex)).toEqual([hex(plainFrame(A, STRANGER))]);
    const closed = wholePorts('layer3', '');
    closed.receives('n1:wire', plainFrame(A, STRANGER)).pass(ms(5));
    expect(closed.frames('fw:eth1', 'received')).toEqual([]);
    expect(closed.dropsAt('n1').length).toBe(1);
  });
});

describe('packet sockets', () => {
  const MMAP = ', packet-io: mmap, cores: 4';

  test('MMP-01b: what the filter of the NIC drops reaches no socket, unless the reader asks for promiscuous reception', () => {
    const stored = (mode: string): [requested: boolean[], received: number] => {
      const run = wholePorts(mode, '', MMAP);
      expect(run.said('PacketIoModeSelected', { node: 'fw' }).at(-1)?.data.mode).toBe('mmap');
      run.receives('n1:wire', plainFrame(A, STRANGER)).pass(ms(50));
      const asked = run.said('PromiscuousChanged', { node: 'fw', interface: 'eth1' }).map(({ data }) => data.requested);
      return [asked, run.said('BlockRetired', { node: 'fw' }).length];
    };
    expect(stored('layer3')).toEqual([[], 0]);
    const [asked, blocks] = stored('tap');
    expect(asked).toEqual([true]);
    expect(blocks).toBeGreaterThan(0);
  });
});

describe('a DPDK port', () => {
  /** A tap on vf0 beside a guest on vf1. */
  function tapOnVf(model: string): Run {
    const run = givenFile(
      `name: consent
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    n1: { kind: nic, on: h, model: ${model}, vfs: 2 }
    fw: { kind: firewall, on: h, interfaces: { eth1: { mode: tap } } }
    g: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.2/24, mac: "${B}" } } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mac: "${A}" } } }
  links:
    - endpoints: ["a:eth0", "n1:wire"]
    - endpoints: ["fw:eth1", "n1:vf0"]
    - endpoints: ["g:eth0", "n1:vf1"]
`,
      ['fw'],
    );
    expect(run.said('PacketIoModeSelected', { node: 'fw' }).at(-1)?.data.mode).toBe('dpdk');
    return run.until(seconds(1));
  }

  test.each([
    // Its driver has the PF promiscuous, too (ixgbe_sriov.c, ixgbe_update_vf_xcast_mode).
    ['x550', ['ip link set n1:pf promisc on']],
    ['x710', []],
  ])('DPK-08b: is promiscuous on a VF of %s only with the consent of its PF, and then as a whole', (model, more) => {
    const heard = (run: Run): number => {
      run.forgetSeen().receives('n1:wire', plainFrame(A, B)).receives('n1:wire', plainFrame(A, '01:00:5e:01:02:03')).pass(ms(5));
      return run.frames('fw:eth1', 'received').length;
    };
    const run = tapOnVf(model);
    expect(heard(run)).toBe(0);
    for (const command of more) run.command(command);
    expect(heard(run)).toBe(0);
    run.command('ip link set n1:pf vf 0 trust on').pass(seconds(1)).command('vf n1:vf0 reload').pass(seconds(1));
    expect(heard(run)).toBe(2);
    run.command('ip link set n1:pf vf 0 trust off').pass(seconds(1)).command('vf n1:vf0 reload').pass(seconds(1));
    expect(heard(run)).toBe(0);
  });
});
