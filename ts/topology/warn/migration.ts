/**
 * Warnings about guests that a step moves to another hypervisor (rules PCI-03, NOT-01): what will be refused, and what will reach them no more.
 *
 * Decision someone may dispute: the frames that are lost while the guest is stunned are no warning. That is what live migration costs.
 */
import { parseCommand } from '../../model/commands/command.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import { liveMigrationOf, migrationObstacles, movedTo, pluggedCables, standbyCables } from '../../model/lab/migration.ts';
import type { Problem } from '../draft/draft.ts';
import { segmentsOf } from '../draft/segments.ts';
import type { LabView } from './lab-view.ts';
import { placeOfStep } from './steps.ts';

/** Following the guests takes time in proportion to the lab: in a lab of n interfaces, this many divided by n steps are followed. */
const FOLLOWED_INTERFACES_MAX = 100_000;
/** Rule HA-03: pings without an answer after which a peer is declared lost. */
const LOST_PINGS = 3;

interface Move {
  readonly text: string;
  readonly guest: string;
  readonly to: string;
  /** The lab before and after the step. */
  readonly before: LabIndex;
  readonly after: LabIndex;
}

/** What the file's steps will do to guests that they move. */
export function migrationDisappoints(view: LabView): Problem[] {
  let lab: Lab = view.lab;
  let left = Math.ceil(FOLLOWED_INTERFACES_MAX / Math.max(1, lab.interfaces.length));
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    if (!('command' in parsed) || parsed.command.verb !== 'migrate' || left-- <= 0) return [];
    const { node: guest, to } = parsed.command;
    const before = indexLab(lab);
    const obstacles = migrationObstacles(before, guest, to);
    if (obstacles.length > 0) return obstacles.map((reason) => refused(view, text, reason));
    lab = movedTo(lab, guest, to);
    const move: Move = { text, guest, to, before, after: indexLab(lab) };
    return [...nobodyIsTold(view, move), ...leavesItsSegment(view, move), ...peerGivesUp(view, move)];
  });
}

function refused(view: LabView, text: string, reason: string): Problem {
  return {
    place: placeOfStep(view, text),
    message: `"${text}" will be refused: ${reason}`,
    rule: 'PCI-03',
    remedy: REMEDIES[reason.split(':')[0] ?? ''] ?? 'name a virtual machine and another hypervisor',
  };
}

const REMEDIES: Readonly<Record<string, string>> = {
  'direct-device': 'release the device first, or leave the guest where it is',
  'live-migration-off': 'write live-migration: on at both hypervisors',
  'no-port-group': 'put the vNIC into a port group, and give a vSwitch of the other hypervisor one of the same name',
};

/** Rule NOT-01: neither the host nor the guest tells the physical switches. */
function nobodyIsTold(view: LabView, { text, guest, to, after }: Move): Problem[] {
  const switches = pluggedCables(after, guest).map(({ port }) => nodeNamed(after, splitEndpoint(port).node));
  const silent = switches.find((node) => node?.kind === 'vswitch' && node.isSilent === true && node.uplinks.length > 0);
  if (silent === undefined || liveMigrationOf(after, to)?.guestAnnounces === true) return [];
  const message = `after "${text}" nobody tells the physical switches: ${silent.name} has notify-switches off, so they send to the old place until ${guest} speaks`;
  const remedy = `write notify-switches: on at ${silent.name}, or guest-announce: on in live-migration of ${to}`;
  return [{ place: placeOfStep(view, text), message, rule: 'NOT-01', remedy }];
}

/** The port group has its name, and leads to another VLAN or to no uplink. */
function leavesItsSegment(view: LabView, { text, guest, before, after }: Move): Problem[] {
  const [old, now] = [segmentsOf(before.lab), segmentsOf(after.lab)];
  return standbyCables(before, guest, onOf(after, guest)).flatMap(({ vnic, port }) => {
    const lost = before.lab.interfaces
      .map(endpointOf)
      .filter((end) => splitEndpoint(end).node !== guest)
      .filter((end) => old.get(end) !== undefined && old.get(end) === old.get(vnic) && now.get(end) !== now.get(vnic));
    if (lost.length === 0) return [];
    return [{ place: placeOfStep(view, text), ...apart(text, vnic, port, lost) }];
  });
}

function apart(text: string, vnic: Endpoint, port: Endpoint, lost: readonly Endpoint[]): Omit<Problem, 'place'> {
  const message = `after "${text}" ${vnic} does not hear ${lost.join(', ')}: ${port} and its uplink lead to another VLAN`;
  const remedy = 'give the port groups of one name one VLAN, and the ports of the physical switches too';
  return { message, rule: 'PCI-03', remedy };
}

/** Rule HA-03: a unit that is stunned answers no ping. */
function peerGivesUp(view: LabView, { text, guest, before }: Move): Problem[] {
  const pair = view.pairs.get(guest);
  const stunNs = liveMigrationOf(before, onOf(before, guest))?.stunNs ?? 0;
  if (pair === undefined || stunNs < LOST_PINGS * pair.timers.heartbeatNs) return [];
  const message = `"${text}" stuns ${guest} for longer than three pings of pair ${pair.name} take: its peer declares it lost and takes over`;
  const remedy = 'write a shorter stun, or longer heartbeat at the timers of the pair';
  return [{ place: placeOfStep(view, text), message, rule: 'HA-03', remedy }];
}

function onOf(index: LabIndex, guest: string): string {
  const node = nodeNamed(index, guest);
  return node !== undefined && 'on' in node ? (node.on ?? '') : '';
}
