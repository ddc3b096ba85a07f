/** Lab files as people write them: what `validate` says of a text, and the lab that it describes, running. */
import { formatFinding } from '../../ts/topology/draft/finding.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { playsLab } from './played.ts';
import { given, type Run } from './run.ts';

/** The first lines of all errors, or of all warnings where there is no error; each ends with its rule in brackets. */
export function validated(text: string): string[] {
  playsLab();
  const result = readLabFile(text, 'lab.yml');
  const findings = result.ok ? result.warnings : result.findings;
  return findings.map((finding) => formatFinding(finding).split('\n')[0] ?? '');
}

/** Starts the lab of a text. @throws when it is refused. */
export function givenFile(text: string, watch: readonly string[] = []): Run {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return given(result.file.lab, { watch });
}

/** The text of a lab: a firewall with DPDK and one core on a VF of a NIC, and a host on its wire. @param io of the firewall, as YAML */
export function dpdkOnVf(model: string, io: string): string {
  return `name: dpdk
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 1 }
    fw: { kind: firewall, on: h, cores: 1, io: { ${io} }, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    g: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["nic:wire", "g:eth0"] }, { endpoints: ["fw:eth1", "nic:vf0"] } ]
`;
}
