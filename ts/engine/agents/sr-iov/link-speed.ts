/**
 * The speed of a NIC's wire, as `ethtool -s` sets it (rules VF-14, VCH-09). An impairment of the line is no speed: the PF knows nothing
 * of it.
 *
 * Decision someone may dispute: the carrier stays. On a real cable both ends negotiate anew, and the link is away for a second or two.
 */

import type { Position } from '../../../model/events/events.ts';
import { familyOf, speedsMbps, WIRE } from '../../../model/hardware/nic.ts';
import { functionsOf, nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { linkMbps } from '../../../model/lab/wire-speed.ts';
import type { Turn } from '../../turn/turn.ts';
import { tellLink } from '../ports/carrier.ts';

/** Every reason to refuse a speed. */
export function speedRefusals(index: LabIndex, pf: Endpoint, mbps: number): string[] {
  const nic = nicOf(index, splitEndpoint(pf).node);
  if (nic === null) return [`${pf} is no function of a NIC of this lab`];
  const speeds = speedsMbps(nic.model);
  return speeds.includes(mbps) ? [] : [`an ${nic.model.toUpperCase()} has the speeds ${speeds.join(', ')} Mbit/s`];
}

export function setLinkSpeed(turn: Turn, pf: Endpoint, mbps: number, cause: Position): void {
  const nic = nicOf(turn.index, splitEndpoint(pf).node);
  if (nic === null || linkMbps(turn.index.lab, nic, turn.state.nics[nic.name]?.speedMbps ?? 0) === mbps) return;
  const position = turn.say('LinkSpeedChanged', cause, { node: nic.name, interface: WIRE, mbps });
  if (familyOf(nic.model) === '10g') removeLimits(turn, nic, position);
  else for (const iface of functionsOf(turn.index, nic)) tellLink(turn, nic, endpointOf(iface), position);
}

/** Rule VF-14: limits of 10G are parts of the speed they were set at (ixgbe_sriov.c, `ixgbe_check_vf_rate_limit`). */
function removeLimits(turn: Turn, nic: Nic, cause: Position): void {
  const limited = functionsOf(turn.index, nic).filter((iface) => {
    return (turn.state.functions[endpointOf(iface)]?.config.maxTxRate ?? 0) !== 0;
  });
  if (limited.length === 0) return;
  const text = 'Link speed has been changed. VF transmit rate limits are removed.';
  turn.say('SystemLog', cause, { node: nic.name, eventId: 'vf-rate-limits-removed', severity: 'informational', text });
  for (const iface of limited) {
    const config = turn.state.functions[endpointOf(iface)]?.config;
    if (config === undefined) continue;
    turn.say('VfConfigChanged', cause, { node: nic.name, interface: iface.name, ...config, maxTxRate: 0, removed: false });
  }
}
