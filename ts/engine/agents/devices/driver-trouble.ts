/**
 * The trouble that a bad pair of drivers is known for (rule DRV-04), injected by a command and never by itself.
 *
 * | trouble | documented |
 * | --- | --- |
 * | version-mismatch | PF and VF find no common version: i40evf gives the device up (i40e_ethdev_vf.c, `i40evf_check_api_version`: "PF/VF API version mismatch"); ixgbevf goes down to 1.0 (ixgbevf_main.c, `ixgbevf_negotiate_api`) |
 * | reset | the VF is reset over and over ("Reset indication received from the PF", iavf_virtchnl.c, `iavf_virtchnl_completion`) |
 * | malicious-driver | the NIC takes the VF for malicious and stops it (i40e_main.c, `i40e_handle_mdd_event`) |
 *
 * Decision someone may dispute: only a pair whose host driver is known to be not later has trouble; one that cannot be verified has none.
 */
import type { DriverTrouble } from '../../../model/commands/families/packet-io.ts';
import type { Position } from '../../../model/events/events.ts';
import { disableRefusal, familyOf } from '../../../model/hardware/nic.ts';
import { nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import { sayAndLog, type Turn } from '../../turn/turn.ts';
import type { Of } from '../../turn/verbs.ts';
import { askToReset } from '../sr-iov/pf-reset.ts';
import { requestVirtchnl, sayEffects, viewOf } from '../sr-iov/vf-channel.ts';
import { forgetReset, initialise } from '../sr-iov/vf-driver.ts';
import { resetEffects } from '../sr-iov/vf-request.ts';
import { detectMaliciousDriver, resetVf } from './pf.ts';

/** Of the reason of a reset. */
const REASON = 'driver-trouble';
/** What the driver of a 40G VF introduces itself with. */
const VERSION = '1.1';

export function troubleRefusals({ endpoint, trouble }: Of<'driver-trouble'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const driver = state.drivers[endpoint];
  const device = index.peers.get(endpoint) ?? '';
  const nic = nicOf(index, splitEndpoint(device).node);
  if (driver === undefined) return [`${endpoint} is no interface of a firewall`];
  if (nic === null || state.functions[device]?.kind !== 'vf') return [`${endpoint} is no VF: it has no pair of drivers`];
  if (state.nodes[splitEndpoint(endpoint).node]?.power !== 'running') return [`${endpoint} has no driver: its firewall is off`];
  const disables = trouble === 'malicious-driver' ? disableRefusal(nic) : null;
  return [
    ...(driver.verdict === 'not-later'
      ? []
      : [`the drivers of ${endpoint} and ${device} are ${driver.verdict}: they have no trouble`]),
    ...(disables === null ? [] : [disables]),
  ];
}

/** Injects it. The events that follow are those of the NIC and its drivers. */
export function injectTrouble(turn: Turn, { endpoint, trouble }: Of<'driver-trouble'>, cause: Position): void {
  const device = turn.index.peers.get(endpoint) ?? '';
  const nic = nicOf(turn.index, splitEndpoint(device).node);
  if (nic === null) return;
  const { node, name } = splitEndpoint(endpoint);
  const text = `${name}: ${trouble} between the drivers of ${device} and its host`;
  const position = sayAndLog(
    turn,
    'DriverTroubleInjected',
    cause,
    { node, interface: name, device, trouble },
    { eventId: 'driver-trouble', severity: 'critical', text },
  );
  TROUBLES[trouble](turn, nic, device, position);
}

type Trouble = (turn: Turn, nic: Nic, vf: Endpoint, cause: Position) => void;

const TROUBLES: Readonly<Record<DriverTrouble, Trouble>> = {
  'version-mismatch': mismatch,
  reset: (turn, nic, vf, cause) =>
    familyOf(nic.model) === '10g' ? askToReset(turn, vf, REASON, cause) : resetVf(turn, nic, vf, REASON, cause),
  'malicious-driver': (turn, _, vf, cause) => detectMaliciousDriver(turn, vf, cause),
};

/** The driver begins again, and finds no version that both know. */
function mismatch(turn: Turn, nic: Nic, vf: Endpoint, cause: Position): void {
  const guest = turn.index.peers.get(vf) ?? '';
  const iface = interfaceAt(turn.index, guest);
  if (iface === undefined) return;
  forgetReset(turn, iface);
  if (familyOf(nic.model) === '10g') {
    initialise(turn, { ...iface, mailboxApi: '1.0' }, cause);
    return;
  }
  sayEffects(turn, vf, resetEffects(viewOf(turn, nic, vf), REASON), cause);
  // It introduces itself, does not like the answer, and gives the device up.
  requestVirtchnl(turn, nic, vf, 'VERSION', [VERSION], cause);
}
