/**
 * The pair that most specs of HA play, as a lab file.
 *
 *   in 10.0.1.11 ── sw1 ── eth1  fw1 | fw2  eth2 ── sw2 ── out 10.0.2.12          each HA port: one cable
 */

export const PAIR = ['fw1', 'fw2'] as const;

export const HOST_MACS = ['02:00:00:00:00:11', '02:00:00:00:00:12'] as const;

export interface PairOptions {
  /** Interfaces of HA beside ha1. */
  readonly ports?: readonly string[];
  /** Of the pair, as the file has them: "ha2: ha2". */
  readonly ha?: string;
  /** Of both firewalls, as the file has them: "use-hypervisor-mac: off". */
  readonly firewall?: readonly string[];
  /** Of both firewalls' interfaces eth1 and eth2, beside their addresses. */
  readonly eth1?: string;
  readonly eth2?: string;
  /** A whole section: "flows: …". */
  readonly more?: string;
}

/** The text of the lab file. */
export function pairFile({ ports = [], ha = '', firewall = [], eth1 = '', eth2 = '', more = '' }: PairOptions = {}): string {
  const list = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');
  const interfaces = list(
    `eth1: { ${list('ipv4: 10.0.1.1/24', eth1)} }`,
    `eth2: { ${list('ipv4: 10.0.2.1/24', eth2)} }`,
    ...ports.map((port) => `${port}: { mode: ha }`),
  );
  const members = 'members: [{ node: fw1, priority: 50 }, { node: fw2 }]';
  return `
name: pair
duration: 90s
topology:
  groups:
    pair:
${['kind: firewall', `interfaces: { ${interfaces} }`, ...firewall].map((line) => `      ${line}\n`).join('')}  nodes:
    h1: { kind: hypervisor }
    h2: { kind: hypervisor }
    fw1: { group: pair, on: h1 }
    fw2: { group: pair, on: h2 }
    sw1: { kind: switch }
    sw2: { kind: switch }
    in: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24, mac: "${HOST_MACS[0]}" } } }
    out: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: 10.0.2.12/24, mac: "${HOST_MACS[1]}" } } }
  links:
    - endpoints: ["fw1:eth1", "sw1:p1"]
    - endpoints: ["fw2:eth1", "sw1:p2"]
    - endpoints: ["in:eth0", "sw1:p3"]
    - endpoints: ["fw1:eth2", "sw2:p1"]
    - endpoints: ["fw2:eth2", "sw2:p2"]
    - endpoints: ["out:eth0", "sw2:p3"]
${['ha1', ...ports].map((port) => `    - endpoints: ["fw1:${port}", "fw2:${port}"]\n`).join('')}${more}
ha:
  pair: { ${list('group: 1', ha, members)} }
`;
}
