/**
 * The PF's driver on the host: what an administrator sets of a VF, what the VF is told about it, and the watchdog that finds spoofed
 * frames (rules VF-07, VF-08, VF-11 to VF-14).
 */
import type { VfChange } from '../../../model/commands/families/sr-iov.ts';
import type { Position } from '../../../model/events/events.ts';
import { mddTolerance } from '../../../model/hardware/driver-matrix.ts';
import { familyOf, PF, pfDriver, rateRefusal, rssQueryRefusal, type VfConfig } from '../../../model/hardware/nic.ts';
import { type ResourceRefusal, VIRTCHNL_EVENTS } from '../../../model/hardware/virtchnl.ts';
import { nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { linkMbps } from '../../../model/lab/wire-speed.ts';
import type { Turn } from '../../turn/turn.ts';
import { changeMacs } from '../mac/mac-option.ts';
import { tellLink } from '../ports/carrier.ts';
import { askToReset } from '../sr-iov/pf-reset.ts';
import { freeFilters, isThere, requestMailbox, requestVirtchnl, sayEffects, viewOf } from '../sr-iov/vf-channel.ts';
import { initialise, resetsDue, scheduleReset } from '../sr-iov/vf-driver.ts';
import { orderRefusal } from '../sr-iov/vf-refusal.ts';
import { isUnicast, resetEffects } from '../sr-iov/vf-request.ts';

/** Every reason to refuse a change (rules VF-08, VF-11, VF-12, VF-14). */
export function vfRefusals(index: LabIndex, state: Turn['state'], endpoint: Endpoint, change: VfChange): string[] {
  const nic = nicOf(index, splitEndpoint(endpoint).node);
  const vf = state.functions[endpoint];
  if (nic === null || vf?.kind !== 'vf') return [`${endpoint} is not a VF of this lab`];
  if (!isThere(state, endpoint)) return [`${endpoint} is not enabled; sriov_numvfs ${nic.name}:${PF} N makes VFs`];
  const {
    adminMac = '',
    vlan = 0,
    qos = 0,
    proto = '802.1Q',
    maxTxRate = vf.config.maxTxRate,
    minTxRate = vf.config.minTxRate,
  } = change;
  const isFull = Object.keys(vf.addresses).length === 0 && freeFilters(index, state, nic) === 0;
  const isMac = adminMac === '' || isUnicast(adminMac as never);
  const rate = rateRefusal(nic.model, linkMbps(index.lab, nic, state.nics[nic.name]?.speedMbps ?? 0), maxTxRate, minTxRate);
  return [
    ...(isMac ? [] : [`${adminMac} is no unicast MAC`]),
    ...(adminMac !== '' && isFull ? [`${nic.name} has no room for another address`] : []),
    ...(proto === '802.1Q' ? [] : [`protocol not supported: ${proto}`]),
    ...(vlan > 4094 ? [`VLAN ${vlan} is above 4094`] : []),
    ...(qos > 7 ? [`qos ${qos} is above 7`] : []),
    ...((change.maxTxRate ?? change.minTxRate) === undefined || rate === null ? [] : [rate]),
    ...(change.queryRss === undefined ? [] : [rssQueryRefusal(nic.model) ?? []].flat()),
  ];
}

/** Rule VF-08: a change that changes nothing says nothing. */
export function configureVf(turn: Turn, endpoint: Endpoint, { proto: _, ...change }: VfChange, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const nic = nicOf(turn.index, node);
  const before = turn.state.functions[endpoint]?.config;
  if (nic === null || before === undefined) return;
  const now: VfConfig = { ...before, ...change };
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  const position = turn.say('VfConfigChanged', cause, { node, interface: name, ...now, removed: false });
  if (familyOf(nic.model) === '10g') follow10g(turn, nic, endpoint, before, now, position);
  else follow40g(turn, nic, endpoint, before, now, position);
  if (now.linkState !== before.linkState) tellLink(turn, nic, endpoint, position);
}

/** 10G changes the address at once; the VF's driver learns of it when it resets (rules VF-08, MBX-10). */
function follow10g(turn: Turn, nic: Nic, endpoint: Endpoint, before: VfConfig, now: VfConfig, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  if (now.adminMac !== before.adminMac) {
    const old = turn.state.interfaces[endpoint]?.effectiveMac ?? '';
    if (old !== now.adminMac) {
      turn.say('MacAddressChanged', cause, {
        node,
        interface: name,
        which: 'effective',
        old,
        new: now.adminMac,
        cause: 'pf-admin',
      });
    }
    const text = `MAC ${now.adminMac || 'none'} set on ${name}. Reload the VF driver to make this change effective.`;
    turn.say('SystemLog', cause, { node: nic.name, eventId: 'vf-mac-set', severity: 'informational', text });
  }
  // Rule MBX-10: a control word without clear-to-send (ixgbe_sriov.c, `ixgbe_set_vf_link_state` and `ixgbe_ndo_set_vf_trust`).
  if (now.linkState !== before.linkState) askToReset(turn, endpoint, 'link-state', cause);
  if (now.trusted !== before.trusted) askToReset(turn, endpoint, 'trust', cause);
}

/** Rule VCH-02: a new MAC, port VLAN or trust resets the VF. */
function follow40g(turn: Turn, nic: Nic, endpoint: Endpoint, before: VfConfig, now: VfConfig, cause: Position): void {
  const resets = now.adminMac !== before.adminMac || now.trusted !== before.trusted || now.vlan !== before.vlan;
  if (!resets) return;
  sayEffects(turn, endpoint, resetEffects(viewOf(turn, nic, endpoint), 'pf-admin', now.adminMac, 'pf-admin'), cause);
  scheduleReset(turn, endpoint, cause);
}

/** Timer of a guest: its drivers reset what the PF reset, or told them to. */
export function driverTick(turn: Turn, node: string): void {
  for (const { iface, cause } of resetsDue(turn, node)) {
    if (turn.state.options[iface.node] !== undefined) changeMacs(turn, node, 'pf-admin', cause);
  }
}

/** An operator reloads the VF's driver in its guest. */
export function reloadDriver(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const guest = turn.index.peers.get(endpoint);
  const iface = turn.index.lab.interfaces[turn.index.interfaces.get(guest ?? '') ?? -1];
  if (iface === undefined) return;
  // Where the PF had reset the VF, or told it to, its driver was about to do the same.
  const why = turn.memory(iface.node).vfResets[iface.name]?.cause ?? cause;
  if (initialise(turn, iface, why) && turn.state.options[iface.node] !== undefined) changeMacs(turn, iface.node, 'pf-admin', why);
}

/** The VF's driver starts again, and the PF refuses it its resources, once. */
export function refuseResources(turn: Turn, endpoint: Endpoint, refusal: ResourceRefusal, cause: Position): void {
  const iface = interfaceAt(turn.index, turn.index.peers.get(endpoint) ?? '');
  if (iface === undefined) return;
  orderRefusal(turn, iface, refusal);
  reloadDriver(turn, endpoint, cause);
}

/**
 * The PF tells a VF that its driver closes, which drivers of VFs do no more about than write it down: DPDK knows the event
 * (iavf_vchnl.c, `iavf_read_msg_from_pf`), Linux does not (iavf_virtchnl.c, `iavf_virtchnl_completion`).
 */
export function tellDriverClose(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const guest = turn.index.peers.get(endpoint) ?? '';
  const { node, name } = splitEndpoint(guest);
  const event = `virtchnl event ${VIRTCHNL_EVENTS.PF_DRIVER_CLOSE}, PF_DRIVER_CLOSE`;
  const isKnown = turn.state.drivers[guest]?.mode === 'dpdk';
  const text = isKnown ? `${name}: the driver of the PF closed (${event})` : `${name}: unknown event from the PF (${event})`;
  turn.say('SystemLog', cause, { node, eventId: 'pf-driver-close', severity: isKnown ? 'informational' : 'warning', text });
}

/** Rule VCH-10: the PF takes a disabled VF back; its driver begins anew. */
export function enableVf(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const nic = nicOf(turn.index, splitEndpoint(endpoint).node);
  if (nic === null || turn.state.functions[endpoint]?.status !== 'disabled') return;
  resetVf(turn, nic, endpoint, 'pf-enable', cause);
}

/** Rule VCH-02: the PF resets a VF of 40G for a reason of its own; its driver begins anew. */
export function resetVf(turn: Turn, nic: Nic, endpoint: Endpoint, reason: string, cause: Position): void {
  sayEffects(turn, endpoint, resetEffects(viewOf(turn, nic, endpoint), reason), cause);
  scheduleReset(turn, endpoint, cause);
}

/**
 * Rule VCH-10: one event of the malicious-driver detection disables the VF; an older driver of the PF lets three pass, and disables it with
 * the fourth. No reset of the VF takes these back (i40e_main.c, `i40e_handle_mdd_event`: `num_mdd_events` is only ever raised).
 */
export function detectMaliciousDriver(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const nic = nicOf(turn.index, node);
  const vf = turn.state.functions[endpoint];
  if (nic === null || vf === undefined || vf.status === 'disabled') return;
  const events = vf.maliciousEvents + 1;
  const tolerated = mddTolerance(pfDriver(nic.model), nic.driverVersion);
  const position =
    tolerated === 0 ? cause : turn.say('MaliciousDriverDetected', cause, { node, interface: name, events, tolerated });
  if (events <= tolerated) return;
  sayEffects(turn, endpoint, [{ type: 'VfDisabled', data: { reason: 'malicious-driver' } }], position);
}

/** Sends a request that somebody wrote by hand: words of the mailbox, or a message of the virtual channel. */
export function sendByHand(turn: Turn, endpoint: Endpoint, words: readonly string[], cause: Position): void {
  const nic = nicOf(turn.index, splitEndpoint(endpoint).node);
  if (nic === null) return;
  const [op = '', ...args] = words;
  if (familyOf(nic.model) === '10g') {
    requestMailbox(
      turn,
      nic,
      endpoint,
      words.map((word) => Number.parseInt(word, 16)),
      cause,
    );
    return;
  }
  requestVirtchnl(turn, nic, endpoint, op, args, cause);
  // The driver that asked for a reset begins again by itself.
  if (turn.state.functions[endpoint]?.status === 'reset') scheduleReset(turn, endpoint, turn.state.position);
}

/** Rules VF-05, VF-06. */
export function setBridgeMode(turn: Turn, node: string, mode: 'veb' | 'vepa', cause: Position): void {
  if (turn.state.nics[node]?.bridgeMode !== mode) turn.say('BridgeModeChanged', cause, { node, mode });
}

/** The PF's own promiscuous mode opens the global filter (rule VF-02). */
export function setPfPromiscuous(turn: Turn, node: string, requested: boolean, cause: Position): void {
  if (turn.state.interfaces[`${node}:${PF}`]?.requestsPromiscuous === requested) return;
  turn.say('PromiscuousChanged', cause, { node, interface: PF, requested });
}

/** Rule VF-07: the watchdog reads the counter, which clears it, and reports it unless it is zero. Caused by the last frame's drop. */
export function watch(turn: Turn, node: string): void {
  const count = turn.takeSpoofed(node);
  if (count === 0) return;
  const drops = Object.entries(turn.state.drops).filter(([, drop]) => drop.node === node && drop.reason.startsWith('spoof-'));
  const cause = Math.max(1, ...drops.map(([position]) => Number(position)));
  const position = turn.say('SpoofDetected', cause, { node, count });
  const text = `${count} Spoofed packets detected`;
  turn.say('SystemLog', position, { node, eventId: 'spoofed-packets', severity: 'informational', text });
}
