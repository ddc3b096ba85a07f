/**
 * How large a packet an interface sends and a frame it receives (rule JUM-01).
 *
 * Decision someone may dispute: every device has an MTU of 1500 until the file says otherwise, switches included, as hypervisors and
 * Linux bridges come; the file says it once for the whole device, or for both ends of a cable.
 */
import { isHaInterfaceName } from '../../model/hardware/firewall-mac.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import type { NodeKind } from '../../model/lab/nodes.ts';
import { type Draft, type DraftEnd, type DraftNode, flagOf } from '../draft/draft.ts';
import type { Path } from '../draft/source-document.ts';

/** The default, and the largest MTU of a firewall without jumbo frames. */
export const MTU_STANDARD = 1500;
/** What every data interface of a firewall with jumbo frames has unless it says its own. */
export const MTU_JUMBO_DEFAULT = 9192;

/** The MTU of a port of a switch or a function of a NIC: that of the device, else that of its cable. */
export function portMtu(node: DraftNode, end: DraftEnd | undefined): number {
  return node.raw.mtu ?? end?.mtu ?? MTU_STANDARD;
}

/** The MTU of an interface of a firewall, host or router: its own, else that of its cable, else that of its device. */
export function stationMtu(draft: Draft, node: DraftNode, kind: NodeKind, name: string, end: DraftEnd | undefined): number {
  const own = node.raw.interfaces?.[name]?.mtu;
  const isJumbo = flagOf(node.raw.jumbo, false);
  const mtu = own ?? end?.mtu;
  if (kind !== 'firewall') return mtu ?? MTU_STANDARD;
  if (mtu !== undefined && mtu > MTU_STANDARD && !isJumbo) {
    const path: Path =
      own === undefined ? [...(end?.path.slice(0, -2) ?? []), 'mtu'] : draft.where(node, 'interfaces', name, 'mtu');
    const message = `mtu-range: ${node.name}:${name} cannot have MTU ${mtu}: without jumbo frames a firewall has 512 to ${MTU_STANDARD}`;
    draft.error(path, message, { rule: 'JUM-01', remedy: `set jumbo: on at ${node.name}` });
  }
  return mtu ?? (isJumbo && isData(node, name) ? MTU_JUMBO_DEFAULT : MTU_STANDARD);
}

/** Jumbo frames are a setting of data interfaces: not of management and the HA links. */
function isData(node: DraftNode, name: string): boolean {
  const mode = node.raw.interfaces?.[name]?.mode ?? 'layer3';
  return mode !== 'ha' && name !== MANAGEMENT && !isHaInterfaceName(name);
}
