/** A small lab without mistakes and warnings, as text: tests of the reader put mistakes into it. */
import { formatFinding } from '../../ts/topology/draft/finding.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';

export const SOUND = `name: small
topology:
  kinds:
    vswitch: { uplinks: [up1] }
  nodes:
    esx1: { kind: hypervisor }
    esx2: { kind: hypervisor, platform: kvm }
    vsw1: { kind: vswitch, on: esx1, ports: { p1: { vlan: 0 } } }
    vsw2: { kind: vswitch, on: esx2 }
    fw1:
      kind: firewall
      on: esx1
      interfaces:
        eth1: { ipv4: 10.0.1.1/24, mac: 00:50:56:aa:00:01 }
        ha1: { mode: ha }
    fw2:
      kind: firewall
      on: esx2
      interfaces: { eth1: { ipv4: 10.0.1.1/24 } }
    psw: { kind: switch }
    client: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
  links:
    - endpoints: ["client:eth0", "psw:p1"]
    - endpoints: ["vsw1:up1", "psw:p2"]
    - endpoints: ["vsw2:up1", "psw:p3"]
    - endpoints: ["fw1:eth1", "vsw1:p1"]
    - endpoints: ["fw2:eth1", "vsw2:p1"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha:
  edge: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ] }
flows:
  ping: { from: client:eth0, to: 10.0.1.1 }
duration: 10s
steps:
  - { at: 5s, run: crash fw1 }
validate:
  takeover:
    expect:
      - { event: HaStateChanged, where: { node: fw2, to: active }, count: 1 }
      - { neighbour: { node: client, ip: 10.0.1.1 }, mac: "fw1:eth1", at: 4s }
      - { ha: fw2, state: active }
      - { flow: ping, lost: { max: 100 }, longest-gap: { max: 5s } }
      - { drops: { at: "fw1:eth1", reason: interface-down } }
`;

/** Errors of a text, or its warnings where it has none: the first lines, without remedies. */
export function findings(text: string): string[] {
  const result = readLabFile(text, 'lab.yml');
  return (result.ok ? result.warnings : result.findings).map(
    (finding) => formatFinding({ ...finding, remedy: '' }).split('\n')[0] ?? '',
  );
}

/** The small lab with one piece of text replaced; the piece must be there. */
export function withMistake(good: string, bad: string): string {
  if (!SOUND.includes(good)) throw new Error(`the small lab has no ${good}`);
  return SOUND.replace(good, bad);
}
