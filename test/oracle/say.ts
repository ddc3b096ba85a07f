/** Switches, frames and answers as lines of text: what a counterexample shows, and what is compared. */
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import type { Change, Counters, Frame, PortName, SwitchDescription, TableRow, Verdict } from './switch-model.ts';

export function describeSwitch(description: SwitchDescription): readonly string[] {
  if (description.kind !== 'vswitch') {
    const { kind, ageingNs, tableSize, ports } = description;
    return [`${kind}, ageing ${ageingNs} ns, ${tableSize} entries`, ...ports.map(({ name, vlan }) => `  ${name} VLAN ${vlan}`)];
  }
  const { guests, uplinks, learning, reversePathCheckPromisc, teaming } = description;
  const learns =
    learning === null
      ? 'no learning'
      : `learning (limit ${learning.limit} ${learning.limitPolicy}, flood ${learning.flood}, ageing ${learning.ageingNs} ns)`;
  return [
    `vswitch, ${learns}${reversePathCheckPromisc ? ', reversePathCheckPromisc' : ''}${teaming === null ? '' : `, team by ${teaming}`}`,
    ...guests.map(({ name, vlan, mac, policy }) => `  ${name} VLAN ${vlan} ${mac} ${policyText(policy)}`),
    ...uplinks.map((name, i) => `  ${name} uplink, ${i === 0 || teaming !== null ? 'active' : 'standby'}`),
  ];
}

function policyText({ promiscuous, macChanges, forgedTransmits }: VSwitchPolicy): string {
  const accepted = [promiscuous && 'promiscuous', macChanges && 'mac-changes', forgedTransmits && 'forged-transmits'];
  return `accepts ${accepted.filter((name) => name !== false).join(', ') || 'nothing'}`;
}

export function changeText(atNs: number, { what, ...rest }: Change): string {
  const words = Object.values(rest).map((value) => (typeof value === 'object' ? policyText(value) : String(value)));
  return `${time(atNs)}${what}: ${words.join(' ')}`;
}

export function frameText(atNs: number, port: PortName, { src, dst, tag, octets }: Frame): string {
  return `${time(atNs)}${port} <- ${src} > ${dst} ${tagText(tag)}${octets === undefined ? '' : ` octets ${octets.join(' ')}`}`;
}

function time(atNs: number): string {
  return `${String(atNs).padStart(8)} ns  `;
}

function tagText(tag: VlanTag | null): string {
  if (tag === null) return 'untagged';
  return `VLAN ${tag.id}${tag.priority === 0 ? '' : ` priority ${tag.priority}`}${tag.isDropEligible ? ' drop-eligible' : ''}`;
}

export function verdictText({ delivered, refused, dropped }: Verdict): string {
  const parts = [
    ...delivered.map(({ port, tag }) => `${port} ${tagText(tag)}`),
    ...refused.map(({ port, reason }) => `${port} refused ${reason}`),
    ...(dropped === null ? [] : [`dropped ${dropped}`]),
  ];
  return `-> ${parts.join('; ')}`;
}

export function tableText(rows: readonly TableRow[]): string {
  const lines = rows.map(({ vlan, mac, port, isShared, seenNs }) => {
    const seen = seenNs === null ? 'given by the host' : `heard at ${seenNs} ns`;
    return `VLAN ${vlan} ${mac} ${port}${isShared ? ' and others' : ''} ${seen}`;
  });
  return lines.sort().join('; ') || 'empty';
}

export function countersText({ ports, moved, moves }: Counters): string {
  const lines = ports.map(({ port, received, sent, dropped }) => `${port} received ${received} sent ${sent} dropped ${dropped}`);
  const said = moves.map(({ vlan, mac, times, from, to }) => `${vlan} ${mac} ${times} times, last ${from} > ${to}`).sort();
  return `${lines.join('; ')}; moved ${moved}: ${said.join('; ')}`;
}
