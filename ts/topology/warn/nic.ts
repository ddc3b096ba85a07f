/**
 * Warnings about guests on VFs that want more than their PF will grant (rule VF-16).
 *
 * Decision someone may dispute: a firewall with the option off on a VF without an administrative MAC is not warned about: its PF lets it
 * program its own MAC. It is as soon as anybody gives the VF one, in the file or in a step.
 */
import { type Command, parseCommand } from '../../model/commands/command.ts';
import { familyOf, type VfConfig } from '../../model/hardware/nic.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import type { Nic } from '../../model/lab/nodes.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView, usedOwnMac, usesOwnMac } from './lab-view.ts';

interface Given {
  readonly guest: LabInterface;
  readonly nic: Nic;
  readonly vf: LabInterface;
  readonly config: VfConfig;
}

/** Guests' interfaces that are VFs. */
function givenVfs(view: LabView): Given[] {
  const interfaces = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  return view.lab.interfaces.flatMap((guest) => {
    const vf = interfaces.get(view.draft.peers.get(endpointOf(guest)) ?? '');
    const nic = view.nodes.get(vf?.node ?? '');
    return vf?.vf === undefined || nic?.kind !== 'nic' ? [] : [{ guest, nic, vf, config: vf.vf }];
  });
}

function warning(view: LabView, { nic, vf }: Given, message: string, remedy: string, rule = 'VF-16'): Problem {
  return { place: atProperty(view, nic.name, 'ports', vf.name), message, rule, remedy };
}

/** A firewall that makes its own MAC, on a VF with another that it may not change. */
export function ownMacWillBeRefused(view: LabView): Problem[] {
  return givenVfs(view)
    .filter(({ guest, config }) => usesOwnMac(view, guest) && isBound(config))
    .map((given) => {
      const { guest, vf } = given;
      const message = `${endpointOf(guest)} makes its own MAC, but ${endpointOf(vf)} may not change its MAC: no frame passes`;
      return warning(view, given, message, `set trust: on at ${endpointOf(vf)}, or use-hypervisor-mac: on at ${guest.node}`);
    });
}

/** The same, by a step: it turns the option off, takes trust away, or gives the VF a MAC that is not the firewall's. */
export function stepTakesOwnMac(view: LabView): Problem[] {
  const given = givenVfs(view);
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    return 'error' in parsed
      ? []
      : given.filter((one) => takesOwnMac(view, one, parsed.command)).map((one) => stepProblem(view, one, text));
  });
}

function takesOwnMac(view: LabView, { guest, vf, config }: Given, command: Command): boolean {
  if (command.verb === 'commit') {
    const isData = guest.mode === 'layer3' && guest.name !== MANAGEMENT;
    return command.node === guest.node && !command.useHypervisorMac && isData && isBound(config);
  }
  if (command.verb !== 'ip-vf' || command.endpoint !== endpointOf(vf) || !usesOwnMac(view, guest) || isBound(config)) return false;
  const after = { ...config, ...command.change };
  return isBound(after) && after.adminMac !== usedOwnMac(view, guest);
}

/** Rules MBX-03, VCH-03: the VF may have no other MAC than its administrative one. */
function isBound({ adminMac, trusted }: Pick<VfConfig, 'adminMac' | 'trusted'>): boolean {
  return adminMac !== '' && !trusted;
}

function stepProblem(view: LabView, given: Given, text: string): Problem {
  const { guest, vf } = given;
  const message = `"${text}" gives ${endpointOf(guest)} a MAC that ${endpointOf(vf)} may not have: no frame passes`;
  return warning(
    view,
    given,
    message,
    `set trust: on at ${endpointOf(vf)} before this step, or use-hypervisor-mac: on at ${guest.node}`,
  );
}

/** Rule VF-02: of two VFs with one address, the one that had it first gets the frames, whichever unit is active. */
export function virtualMacOnOneNic(view: LabView): Problem[] {
  const first = new Map<string, Given>();
  return givenVfs(view).flatMap((given) => {
    const { guest, nic, vf, config } = given;
    const mac = view.pairs.has(guest.node) ? usedOwnMac(view, guest) : null;
    if (mac === null) return [];
    const key = `${nic.name} ${config.vlan} ${mac}`;
    const other = first.get(key);
    first.set(key, other ?? given);
    if (other === undefined || other.guest.node === guest.node) return [];
    const message = `${endpointOf(other.vf)} and ${endpointOf(vf)} both get the virtual MAC ${mac}: after a failover frames still go to ${other.guest.node}`;
    const remedy = `give ${guest.node} a VF of another NIC, or set use-hypervisor-mac: on at both units`;
    return [warning(view, given, message, remedy)];
  });
}

/** Layer 2, tap and virtual wire need unicast-promiscuous VFs. */
export function modeNeedsTrust(view: LabView): Problem[] {
  return givenVfs(view).flatMap((given) => {
    const { guest, nic, vf, config } = given;
    if (!['layer2', 'tap', 'virtual-wire'].includes(guest.mode)) return [];
    const message = `${endpointOf(guest)} is ${guest.mode}, which needs a promiscuous VF; ${endpointOf(vf)} cannot be promiscuous`;
    if (nic.model === '82599') {
      const remedy = `give ${guest.node} the PF instead (passthrough): an 82599 has no promiscuous VFs`;
      return [warning(view, given, message, remedy, 'MBX-09')];
    }
    const missing = [
      ...(config.trusted ? [] : [`set trust: on at ${endpointOf(vf)}`]),
      ...(familyOf(nic.model) === '40g' || nic.pfPromiscuous ? [] : [`set pf: { promiscuous: on } at ${nic.name}`]),
    ];
    return missing.length === 0 ? [] : [warning(view, given, message, missing.join(', '))];
  });
}
