/** Rules VSW-01 to VSW-16 and LRN-01 to LRN-03: one frame at a vSwitch. */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import { BROADCAST, type Mac } from '../../ts/values/mac.ts';
import { hears, uplinkOf } from './reference-team.ts';
import { type Decision, isGroup, type Port, type Recipient, type Standing, tagFor } from './standing.ts';
import { type Frame, TRUNK, type VSwitchDescription } from './switch-model.ts';

export function decideVSwitch(
  standing: Standing,
  vswitch: VSwitchDescription,
  nowNs: number,
  ingress: Port,
  frame: Frame,
): Decision {
  // VSW-14: a blocked port does not send.
  if (ingress.isBlocked) return { drop: 'port-blocked' };
  const vlan = vlanOf(ingress, frame);
  if (vlan === null) return { drop: 'vlan-mismatch' };
  const objection =
    ingress.kind === 'uplink'
      ? objectionToWire(standing, vlan, frame)
      : objectionToGuest(standing, vswitch, nowNs, ingress, vlan, frame);
  if (objection !== null) return { drop: objection };

  const { wanted, goesUp, isUnknown } = destinations(standing, vswitch, ingress, vlan, frame);
  const guests = guestsOf(standing, vlan).filter((port) => port !== ingress);
  // VSW-16: what comes by an uplink that a port does not send by is not for it.
  const isHeard = (port: Port): boolean => ingress.kind !== 'uplink' || hears(standing, vswitch, port, ingress, frame);
  // VSW-06, VSW-08: promiscuous copies come in addition.
  const receivers = guests.filter((port) => isPromiscuous(port) || (isHeard(port) && wanted.includes(port)));
  // VSW-03, VSW-05: exactly one uplink, and never from one uplink to another.
  const uplink = goesUp && ingress.kind === 'guest' ? uplinkOf(standing, vswitch, ingress, frame) : undefined;
  if (uplink !== undefined) receivers.push(uplink);
  if (receivers.length === 0) {
    const isUnheard = ingress.kind === 'uplink' && (!ingress.isActiveUplink || wanted.length > 0);
    return { drop: isUnknown ? 'dst-mac-mismatch' : isUnheard ? 'reverse-path' : 'no-recipient' };
  }
  return { recipients: receivers.map((port) => recipient(vswitch, port, vlan, frame, isHeard(port))) };
}

/** VSW-07. A port that is no trunk takes untagged frames only; what it sends belongs to its VLAN. */
function vlanOf(ingress: Port, frame: Frame): number | null {
  const tagged = frame.tag?.id ?? 0;
  if (ingress.vlan === TRUNK) return tagged;
  return tagged === 0 ? ingress.vlan : null;
}

function guestsOf(standing: Standing, vlan: number): readonly Port[] {
  return standing.ports.filter((port) => port.kind === 'guest' && (port.vlan === vlan || port.vlan === TRUNK));
}

/** VSW-01: vNICs whose address this is, by what the host knows; there may be several. */
function ownersOf(standing: Standing, vlan: number, mac: Mac): readonly Port[] {
  return guestsOf(standing, vlan).filter(({ effectiveMac }) => effectiveMac === mac);
}

/** VSW-06: both sides. */
function isPromiscuous(port: Port): boolean {
  return port.policy.promiscuous && port.asksForPromiscuous;
}

/** VSW-13. */
function objectionToWire(standing: Standing, vlan: number, frame: Frame): DropReason | null {
  return ownersOf(standing, vlan, frame.src).length > 0 ? 'source-reflected' : null;
}

/** VSW-09, VSW-10, and LRN-01: a port that learns may send with any source. */
function objectionToGuest(
  standing: Standing,
  vswitch: VSwitchDescription,
  nowNs: number,
  ingress: Port,
  vlan: number,
  frame: Frame,
): DropReason | null {
  if (frame.src === ingress.effectiveMac) return null;
  if (ingress.learns) return learn(standing, vswitch, nowNs, ingress, vlan, frame.src);
  return ingress.policy.forgedTransmits ? null : 'forged-transmit';
}

/** LRN-01, LRN-03. Not learned: a group, and what the host gave to a vNIC of this VLAN. */
function learn(
  standing: Standing,
  { learning }: VSwitchDescription,
  nowNs: number,
  ingress: Port,
  vlan: number,
  mac: Mac,
): DropReason | null {
  const { learned } = standing;
  if (learning === null || isGroup(mac) || ownersOf(standing, vlan, mac).length > 0) return null;
  const isNewHere = learned.find(vlan, mac)?.port !== ingress.name;
  if (isNewHere && learned.behind(ingress.name) >= learning.limit) return learning.limitPolicy === 'drop' ? 'mac-limit' : null;
  learned.learn({ vlan, mac, port: ingress.name, seenNs: nowNs });
  return null;
}

interface Destinations {
  /** Guest ports the frame is for; the sender may be among them. */
  readonly wanted: readonly Port[];
  /** Whether a guest's frame goes to the physical network. */
  readonly goesUp: boolean;
  /** A unicast that nothing matches. */
  readonly isUnknown: boolean;
}

function destinations(standing: Standing, vswitch: VSwitchDescription, ingress: Port, vlan: number, { dst }: Frame): Destinations {
  const guests = guestsOf(standing, vlan);
  // VSW-05, VSW-08.
  if (dst === BROADCAST) return { wanted: guests, goesUp: true, isUnknown: false };
  if (isGroup(dst)) return { wanted: guests.filter(({ groups }) => groups.has(dst)), goesUp: true, isUnknown: false };
  // VSW-02, VSW-12: by effective MAC.
  const owners = ownersOf(standing, vlan, dst);
  if (owners.length > 0) return { wanted: owners, goesUp: false, isUnknown: false };
  // LRN-01.
  const behind = standing.learned.find(vlan, dst);
  if (behind !== null) return { wanted: guests.filter(({ name }) => name === behind.port), goesUp: false, isUnknown: false };
  // VSW-03, VSW-04, LRN-02: from guests and from the wire alike.
  const flooded = vswitch.learning?.flood === true ? guests.filter((port) => port.learns && port !== ingress) : [];
  return { wanted: flooded, goesUp: true, isUnknown: true };
}

function recipient(vswitch: VSwitchDescription, port: Port, vlan: number, frame: Frame, isHeard: boolean): Recipient {
  const tag = port.vlan === TRUNK ? tagFor(vlan, frame.tag) : null;
  return { port, tag, refusal: refusalOf(vswitch, port, isHeard) };
}

function refusalOf(vswitch: VSwitchDescription, port: Port, isHeard: boolean): DropReason | null {
  // VSW-16.
  if (!isHeard && vswitch.reversePathCheckPromisc) return 'reverse-path';
  // VSW-11.
  if (port.effectiveMac !== port.initialMac && !port.policy.macChanges) return 'mac-change-rejected';
  // VSW-14.
  if (port.isBlocked) return 'port-blocked';
  return port.hasCarrier ? null : 'link-down';
}
