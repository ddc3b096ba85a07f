/** A switch of the oracle as it stands between two frames, and what can be decided about one. */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import type { AddressTable } from './address-table.ts';
import type { PortName, SwitchDescription } from './switch-model.ts';

/** A port as it stands. */
export interface Port {
  readonly name: PortName;
  readonly kind: 'guest' | 'uplink' | 'plain';
  readonly vlan: number;
  readonly bond: string | null;
  readonly learns: boolean;
  readonly groups: Set<Mac>;
  initialMac: Mac | null;
  effectiveMac: Mac | null;
  policy: VSwitchPolicy;
  asksForPromiscuous: boolean;
  isActiveUplink: boolean;
  isBlocked: boolean;
  hasCarrier: boolean;
  received: number;
  sent: number;
  dropped: number;
}

export interface Standing {
  readonly description: SwitchDescription;
  readonly ports: readonly Port[];
  readonly learned: AddressTable;
}

/** Dropped where it came in, or a list of recipients, each served with a tag or refused. */
export type Decision = { readonly drop: DropReason } | { readonly recipients: readonly Recipient[] };

export interface Recipient {
  readonly port: Port;
  readonly tag: VlanTag | null;
  readonly refusal: DropReason | null;
}

/** Rule HST-02: the members of a port's bond in order, or the port alone. */
export function bondOf({ ports }: Standing, port: Port): readonly Port[] {
  return port.bond === null ? [port] : ports.filter(({ bond }) => bond === port.bond);
}

/** The member that sends and receives: the first with carrier. */
export function activeOf(standing: Standing, port: Port): Port {
  return bondOf(standing, port).find(({ hasCarrier }) => hasCarrier) ?? bondOf(standing, port)[0] ?? port;
}

/** The group bit: broadcast is a group too. */
export function isGroup(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** The tag with which a frame of a VLAN leaves by a port that keeps tags; VLAN 0 is untagged. */
export function tagFor(vlan: number, arrivedWith: VlanTag | null): VlanTag | null {
  if (vlan === 0) return null;
  return { id: vlan, priority: arrivedWith?.priority ?? 0, isDropEligible: arrivedWith?.isDropEligible ?? false };
}
