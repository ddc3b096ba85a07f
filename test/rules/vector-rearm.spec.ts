/**
 * Rule DPK-02: how a poll driver gives descriptors back, by the release of its DPDK.
 *
 *   outside ── wire  nic  vf0 | pf ── fw (DPDK)        outside ── wire  nic  pf ── br0 (OVS with DPDK)
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { ms } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import vectors from '../vectors/dpdk-ring.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const { rx_free_thresh: threshold, vector_rearm: batch } = vectors.defaults;
const FRAMES = 40;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

interface Options {
  readonly model?: string;
  readonly device?: string;
  readonly io?: string;
}

function firewall(release: string, { model = 'x710', device = 'vf0', io = '{}' }: Options = {}): string {
  return `name: rearm
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 1 }
    fw: { kind: firewall, on: h, cores: 1, io: ${io}, native-drivers: { dpdk-release: "${release}" }, interfaces: { eth1: {} } }
    outside: { kind: host, interfaces: { eth0: {} } }
  links: [ { endpoints: ["outside:eth0", "nic:wire"] }, { endpoints: ["fw:eth1", "nic:${device}"] } ]
`;
}

function bridge(releases: string): string {
  return `name: rearm
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: x710 }
    br0: { kind: bridge, datapath: ovs-dpdk, cores: 1, ${releases} }
    outside: { kind: host, interfaces: { eth0: {} } }
  links: [ { endpoints: ["outside:eth0", "nic:wire"] }, { endpoints: ["br0:p1", "nic:pf"] } ]
`;
}

/** What the ring of a port says after 40 frames from outside. */
function afterFrames(text: string, port: string): { readonly run: Run; readonly held: number; readonly tailWrites: number } {
  const run = givenFile(text).pass(ms(20));
  const before = run.control.readRing(run.port(port), 0).stored;
  for (let i = 0; i < FRAMES; i++) run.receives('nic:wire', plainFrame(strangerMac(1), BROADCAST)).pass(100_000);
  const { held, tailWrites, stored } = run.control.readRing(run.port(port), 0);
  expect(Number(stored - before)).toBe(FRAMES);
  return { run, held, tailWrites: Number(tailWrites) };
}

describe('a poll driver that gives descriptors back', () => {
  test.each([
    ['a VF of 40G with DPDK 20.11', firewall('20.11')],
    ['a VF of 40G with DPDK 25.03', firewall('25.03')],
    ['a VF of 100G with DPDK 24.11', firewall('24.11', { model: 'e810' })],
    ['a PF of 100G with DPDK 20.11', firewall('20.11', { model: 'e810', device: 'pf' })],
    ['DPDK 26.07 on the plain path', firewall('26.07', { io: '{ rx-ring: 480 }' })],
    ['DPDK 26.07 with a ring of one batch', firewall('26.07', { io: '{ rx-ring: 64 }' })],
  ])('DPK-02: all of them, above the threshold of 32: %s', (_, text) => {
    const { held, tailWrites } = afterFrames(text, 'fw:eth1');
    expect(tailWrites).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(threshold);
  });

  test.each([
    ['a VF of 10G with DPDK 25.07', firewall('25.07', { model: 'x550' }), 'fw:eth1'],
    ['a VF of 40G with DPDK 26.07', firewall('26.07'), 'fw:eth1'],
    ['a PF of 100G with DPDK 21.02', firewall('21.02', { model: 'e810', device: 'pf' }), 'fw:eth1'],
    ['OVS with DPDK 25.11', bridge('ovs: "3.7.0", dpdk: "25.11.2"'), 'br0:p1'],
  ])('DPK-02: in batches of 64 on the vector path: %s', (_, text, port) => {
    const { run, held, tailWrites } = afterFrames(text, port);
    expect(tailWrites).toBe(0);
    expect(held).toBeGreaterThanOrEqual(FRAMES);
    for (let i = 0; i < batch; i++) run.receives('nic:wire', plainFrame(strangerMac(1), BROADCAST)).pass(100_000);
    expect(run.control.readRing(run.port(port), 0)).toMatchObject({ held, tailWrites: 1n });
  });
});
