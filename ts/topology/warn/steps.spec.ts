/** Steps are judged as if the lab had started as they leave it. */
import { describe, expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';

/** A firewall behind a vSwitch and an inspecting switch, and a host that sends over it. */
function told(...steps: readonly string[]): string[] {
  const text = `name: steps
topology:
  nodes:
    h: { kind: hypervisor }
    v: { kind: vswitch, on: h, uplinks: [up] }
    fw: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    s: { kind: switch, arp-inspection: on, ports: { p1: { trusted: on }, p2: { trusted: on } } }
    a: { kind: host, gateway: 10.0.0.1, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }
  links:
    - endpoints: ["fw:eth1", "v:p1"]
    - endpoints: ["v:up", "s:p1"]
    - endpoints: ["a:eth0", "s:p2"]
flows: { f: { from: "a:eth0", to: 10.0.0.1, rate: 1000, size: 1000 } }
steps: [${steps.map((run, index) => `{ at: ${index + 1}s, run: "${run}" }`).join(', ')}]
`;
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.warnings.map(({ rule, message }) => `${rule} ${message}`);
}

describe('validation foresees what steps do', () => {
  test('nothing where nothing gets worse', () => {
    expect(told('crash fw', 'power-on fw', 'set v promiscuous reject', 'link up fw:eth1')).toEqual([]);
  });

  test('MAC-07: the option off on a port that rejects promiscuous mode, whichever step comes last', () => {
    expect(told('commit fw use-hypervisor-mac off')).toEqual([
      expect.stringMatching(/^MAC-07 after "commit fw use-hypervisor-mac off": fw:eth1 makes its own MAC/),
    ]);
    expect(told('set v promiscuous accept', 'commit fw use-hypervisor-mac off')).toEqual([]);
    expect(told('set v promiscuous accept', 'commit fw use-hypervisor-mac off', 'set v:p1 promiscuous reject')).toEqual([
      expect.stringMatching(/^MAC-07 after "set v:p1 promiscuous reject": fw:eth1 makes its own MAC/),
    ]);
  });

  test('ARP-01: a cable without carrier that was the only way to the gateway, told once', () => {
    expect(told('link down v:up', 'link up v:up', 'link down s:p1')).toEqual([
      expect.stringMatching(/^ARP-01 after "link down v:up": a sends to 10.0.0.1 by a:eth0, but nobody/),
    ]);
  });

  test('DAI-01: a port that is trusted no more', () => {
    expect(told('secure s:p2 trust off')).toEqual([
      expect.stringMatching(/^DAI-01 after "secure s:p2 trust off": s:p2 drops the ARP/),
    ]);
    expect(told('inspect-arp s off', 'secure s:p2 trust off')).toEqual([]);
  });

  test('COST-01: a line that is made too slow', () => {
    expect(told('impair a:eth0 rate 1M')).toEqual([expect.stringMatching(/^COST-01 after "impair a:eth0 rate 1M": flow f needs/)]);
    expect(told('impair a:eth0 rate 100M')).toEqual([]);
  });
});
