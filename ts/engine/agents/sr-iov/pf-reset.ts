/**
 * The PF's driver resets its device, as it does after a transmit queue that hangs or a changed setting (rules MBX-10, VCH-02). Its VFs
 * carry nothing more until their own drivers have set them up again.
 *
 *   PfReset ──► 10G: VfResetRequired                 ──► 10 ms later the guest's driver: VfReset …
 *           └─► 40G: VfResetRequired, then VfReset   ──► the same
 *
 * Sources: ixgbe_main.c, `ixgbe_down` (clears clear-to-send of every VF, pings all, and disables their receive and transmit) and
 * ixgbe_sriov.c, `ixgbe_vf_reset_msg` (enables them again); i40e_main.c, `i40e_prep_for_reset`, and i40e_virtchnl_pf.c,
 * `i40e_vc_notify_reset` and `i40e_reset_all_vfs`.
 *
 * Decision someone may dispute: the carrier of the wire stays, and the PF itself works on at once. On a real NIC the link is away for a
 * moment, for the PF as for the VFs.
 */

import type { Position } from '../../../model/events/events.ts';
import { familyOf, PF } from '../../../model/hardware/nic.ts';
import { functionsOf, nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import type { Turn } from '../../turn/turn.ts';
import { sayEffects, viewOf } from './vf-channel.ts';
import { scheduleReset } from './vf-driver.ts';
import { resetEffects } from './vf-request.ts';

/** Every reason to refuse the reset of a PF. */
export function pfResetRefusals(index: LabIndex, state: Turn['state'], pf: Endpoint): string[] {
  const { node } = splitEndpoint(pf);
  if (nicOf(index, node) === null) return [`${pf} is no function of a NIC of this lab`];
  const user = state.devices[pf] ?? '';
  return user === '' ? [] : [`${pf} is assigned to ${user}: the host has no driver for it`];
}

/** Resets a PF. Every VF that works is told so; one that its PF has disabled stays disabled. */
export function resetPf(turn: Turn, pf: Endpoint, cause: Position): void {
  const nic = nicOf(turn.index, splitEndpoint(pf).node);
  if (nic === null) return;
  const working = functionsOf(turn.index, nic)
    .map(endpointOf)
    .filter((one) => turn.state.functions[one]?.kind === 'vf' && turn.state.functions[one]?.status === 'ready');
  const position = turn.say('PfReset', cause, { node: nic.name, interface: PF });
  for (const vf of working) tellVf(turn, nic, vf, position);
}

function tellVf(turn: Turn, nic: Nic, vf: Endpoint, cause: Position): void {
  if (familyOf(nic.model) === '10g') {
    askToReset(turn, vf, 'pf-reset', cause);
    return;
  }
  const position = askToReset(turn, vf, 'reset-impending', cause);
  sayEffects(turn, vf, resetEffects(viewOf(turn, nic, vf), 'pf-reset', undefined, 'pf-admin'), position);
}

/**
 * Rule MBX-10: the PF tells a VF to reset itself, and its driver does so in a moment. Returns the position of `VfResetRequired`.
 * @param reason one word, as the event has it
 */
export function askToReset(turn: Turn, vf: Endpoint, reason: string, cause: Position): Position {
  const { node, name } = splitEndpoint(vf);
  const position = turn.say('VfResetRequired', cause, { node, interface: name, reason });
  scheduleReset(turn, vf, position);
  return position;
}
