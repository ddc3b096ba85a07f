/**
 * The control door: functions of wit/dataplane.wit, through the canonical ABI written by hand. Its files are listed in
 * asm/build.json; every exported function of theirs is one of the WIT's. Records come in flattened and go out as structs in a
 * static area; lists go out as rows in another.
 *
 * This file follows events: it changes what a lab has. set-up.ts configures, control-neighbour.ts follows ARP, control-nic.ts and
 * control-io.ts do both for NICs and for guest packet I/O, read.ts reads.
 */
import { DROP_INTERFACE_DOWN } from '../../gen/asm/drop-reasons';
import { bondOf, forgetLocks, hasOtherMember } from '../decide/bond';
import { noteForwarding } from '../decide/gate';
import { clearNeighbours } from '../decide/neighbour';
import { clearRoutes as clear } from '../decide/routes';
import { knowsGuests, refreshStatic, sumUpPorts } from '../decide/vswitch-ports';
import { flushDropRuns as flushDrops } from '../frame/drop-run';
import { wireOrder } from '../frame/ethernet';
import { fdbForgetPort } from '../frame/fdb';
import { flowAt } from '../frame/flow-record';
import { lineAt } from '../frame/line';
import { flushMoveRuns as flushMoves } from '../frame/move-run';
import { noteChange } from '../memory/changes';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { isDefined, noteCause } from '../memory/origin';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { changeFlow, disarmFlow, resumeFlow } from '../run/generate';
import { powerCores } from '../run/io-power';
import { powerTcp } from '../run/tcp';
import { tableOf } from '../session/record';
import { loseAll } from '../session/table';
import { NO_SUCH_FLOW, NO_SUCH_LINE, NO_SUCH_NODE, NO_SUCH_PORT, OK, resultOf } from './abi';
import { nodeExists, portExists } from './exists';

function setFlag(port: Port, flag: u32, on: bool): void {
  if (on) port.flags |= flag;
  else port.flags &= ~flag;
}

export function setCarrier(id: u32, up: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_UP, up);
  port.linkCause = cause;
  noteChange(cause);
  const node = nodeAt(port.node);
  if (up) return resultOf(OK);
  if (node.kind === <u32>L.NODE_SWITCH && !hasOtherMember(node, id)) fdbForgetPort(node, bondOf(id), cause);
  else if ((port.flags & L.PORT_LAYER2) !== 0) fdbForgetPort(node, id, cause);
  return resultOf(OK);
}

/**
 * A node that stops forgets its neighbours and what it learned; its flows pause. A switch's neighbour table holds the
 * bindings of ARP inspection: configuration, which a switch keeps without power.
 */
export function setPower(id: u32, on: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  if ((node.power !== 0) !== on) powerCores(id, on);
  node.power = on ? 1 : 0;
  node.powerCause = cause;
  noteChange(cause);
  if (!on) {
    const isSwitch = node.kind === <u32>L.NODE_SWITCH || node.kind === <u32>L.NODE_VSWITCH;
    if (!isSwitch) clearNeighbours(id, DROP_INTERFACE_DOWN, cause);
    const learns = isSwitch || node.kind === <u32>L.NODE_LAYER3;
    for (let i = node.firstPort, end = i + node.portCount; i < end && learns; i++) fdbForgetPort(node, i, cause);
    forgetLocks(node);
    if (node.sessionsAt !== 0) loseAll(tableOf(node), cause);
  }
  for (let flow: u32 = 0; flow < header().flowCount; flow++) {
    if (flowAt(flow).tcpAt !== 0) {
      powerTcp(flow, id, on, cause);
      continue;
    }
    if (portAt(flowAt(flow).port).node !== id) continue;
    if (on) resumeFlow(flow);
    else disarmFlow(flow);
  }
  return resultOf(OK);
}

/** A guest is stunned, or goes on: meanwhile its ports drop every frame, and its flows pause (rule PCI-03). */
export function setStunned(id: u32, stunned: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  noteChange(cause);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const port = portAt(i);
    setFlag(port, L.PORT_STUNNED, stunned);
    port.stunCause = cause;
  }
  for (let flow: u32 = 0; flow < header().flowCount; flow++) {
    if (flowAt(flow).tcpAt !== 0 || portAt(flowAt(flow).port).node !== id) continue;
    if (stunned) disarmFlow(flow);
    else resumeFlow(flow);
  }
  return resultOf(OK);
}

/** A guest left a port of a vSwitch for another hypervisor, or came to it. */
export function setVacant(id: u32, vacant: bool): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  setFlag(portAt(id), L.PORT_VACANT, vacant);
  return resultOf(OK);
}

/** Whether what a member of an aggregate receives is the aggregate's, and whether that sends by it. */
export function setMember(id: u32, collecting: bool, distributing: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_COLLECTING, collecting);
  setFlag(port, L.PORT_DISTRIBUTING, distributing);
  port.memberCause = cause;
  return resultOf(OK);
}

/** Starts a flow or changes its rhythm, from now on; stops it where `stopNs` is not later than now. */
export function setFlow(id: u32, intervalPs: u64, stopNs: u64, cause: u32): usize {
  if (id >= header().flowCount) return resultOf(NO_SUCH_FLOW);
  changeFlow(id, intervalPs, stopNs, cause);
  return resultOf(OK);
}

/** A node's addresses and routes are about to be set up anew. */
export function clearRoutes(id: u32, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  clear(nodeAt(id), cause);
  return resultOf(OK);
}

export function setMtu(id: u32, mtu: u32, frameMax: u32, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  port.mtu = mtu;
  port.frameMax = frameMax;
  port.mtuCause = cause;
  return resultOf(OK);
}

/** Rate, latency and impairment of the direction a port sends on. Frames already on the line are not touched. */
export function setLine(
  id: u32,
  psPerByte: u64,
  psFraction: u32,
  latencyNs: u64,
  queueNs: u64,
  jitterNs: u64,
  loss: u32,
  corruption: u32,
  cause: u32,
): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const index = portAt(id).line;
  if (index === <u32>L.NONE) return resultOf(NO_SUCH_LINE);
  const line = lineAt(index);
  if (line.freeNs > max(header().nowNs, line.backlogNs)) {
    line.backlogNs = line.freeNs;
    line.backlogCause = line.cause;
  }
  line.psPerByte = psPerByte;
  line.fraction = psFraction;
  line.latencyNs = latencyNs;
  line.queueNs = queueNs;
  line.jitterNs = jitterNs;
  line.loss = loss;
  line.corruption = corruption;
  line.impaired = (loss | corruption | psFraction) !== 0 || jitterNs !== 0 ? 1 : 0;
  line.cause = cause;
  return resultOf(OK);
}

export function setActiveUplink(id: u32, active: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_ACTIVE_UPLINK, active);
  port.policyCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

/** ARP inspection of a switch, as a whole (rule DAI-01). */
export function setInspection(id: u32, on: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) portAt(i).inspectionCause = cause;
  if (on) node.flags |= L.NODE_INSPECTS_ARP;
  else node.flags &= ~L.NODE_INSPECTS_ARP;
  return resultOf(OK);
}

/** Limits of a port of a physical switch; 0 is no limit. */
export function setPortSecurity(id: u32, trusted: bool, arpLimit: u32, macLimit: u32, shutsDown: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  if (((port.flags & L.PORT_TRUSTED) !== 0) !== trusted) port.trustCause = cause;
  setFlag(port, L.PORT_TRUSTED, trusted);
  setFlag(port, L.PORT_SHUTS_DOWN, shutsDown);
  port.arpLimit = arpLimit;
  port.learnLimit = macLimit;
  port.policyCause = cause;
  return resultOf(OK);
}

export function setDisabled(id: u32, disabled: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  setFlag(portAt(id), L.PORT_DISABLED, disabled);
  portAt(id).policyCause = cause;
  noteChange(cause);
  return resultOf(OK);
}

export function setHaActive(id: u32, active: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  if ((node.haActive !== 0) !== active || node.gateCause === 1) node.gateCause = cause;
  noteForwarding(node);
  node.haActive = active ? 1 : 0;
  node.haCause = cause;
  noteChange(cause);
  return resultOf(OK);
}

export function setMacs(id: u32, initial: u64, effective: u64, used: u64, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  const node = nodeAt(port.node);
  const before = port.effectiveMac;
  port.initialMac = wireOrder(initial);
  port.effectiveMac = wireOrder(effective);
  if (port.usedMac !== wireOrder(used)) port.formerMac = port.usedMac;
  port.usedMac = wireOrder(used);
  port.macCause = cause;
  noteChange(cause);
  if (port.effectiveMac === before) return resultOf(OK);
  port.effectiveCause = cause;
  if (knowsGuests(node, port)) {
    refreshStatic(node, port.vlan, before, cause);
    refreshStatic(node, port.vlan, port.effectiveMac, cause);
  }
  return resultOf(OK);
}

export function setPolicy(id: u32, promiscuous: bool, macChanges: bool, forged: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  const before = port.flags;
  setFlag(port, L.PORT_PROMISCUOUS, promiscuous);
  setFlag(port, L.PORT_MAC_CHANGES, macChanges);
  setFlag(port, L.PORT_FORGED, forged);
  const changed = before ^ port.flags;
  if ((changed & L.PORT_PROMISCUOUS) !== 0) port.promiscuousCause = cause;
  port.policyCause = cause;
  if ((changed & L.PORT_FORGED) !== 0) port.forgedCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

export function setBlocked(id: u32, blocked: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  setFlag(portAt(id), L.PORT_BLOCKED, blocked);
  portAt(id).policyCause = cause;
  noteChange(cause);
  return resultOf(OK);
}

export function setGuestPromiscuous(id: u32, requested: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_GUEST_PROMISCUOUS, requested);
  port.guestCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

export function setDefined(position: u32): void {
  header().definedUpTo = position;
}

export function followCause(position: u32, cause: u32): void {
  noteCause(position, cause);
}

export function hasHappened(position: u32): bool {
  return !isDefined(position);
}

export function flushDropRuns(): void {
  flushDrops();
}

export function flushMoveRuns(): void {
  flushMoves();
}
