/**
 * Live migration (rules PCI-03, NOT-01): a guest runs while its memory is copied, is stunned while the rest is, and runs on elsewhere.
 *
 *   MigrationStarted ── pre-copy ──► GuestStunned ── stun ──► GuestMigrated ──► carrier of both ports, notification
 *
 * The host announces each vNIC where its vSwitch does so, as it does when an uplink fails (qemu_announce_self in QEMU's net/announce.c sends
 * the same frame). Where the hypervisor says so, the guest announces its addresses by gratuitous ARP besides (VIRTIO_NET_F_GUEST_ANNOUNCE).
 *
 * Decision someone may dispute: the old port loses its carrier when the guest arrives, not when it is stunned: until then frames for it end at
 * the guest, `guest-stunned`.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import type { NodeName } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import { directDevices, liveMigrationOf, migrationObstacles, pluggedCables, standbyCables } from '../../../model/lab/migration.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { MigrationState } from '../../../model/state/migration-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of } from '../../turn/verbs.ts';
import { announce } from '../neighbours/garp.ts';
import { setCarrier } from '../ports/carrier.ts';
import { notifySwitches } from '../ports/team.ts';

// ── Why not ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every reason why a guest cannot move now. */
export function migrationRefusals({ node, to }: Of<'migrate'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const obstacles = migrationObstacles(index, node, to);
  if (obstacles.length > 0) return obstacles;
  const down = [node, to].filter((one) => state.nodes[one]?.power !== 'running').map((one) => `${one} is not running`);
  const underway = state.migrations[node];
  return underway === undefined ? down : [...down, `${node} is on its way to ${underway.to}`];
}

// ── What follows ────────────────────────────────────────────────────────────────────────────────────────────────────

export function startMigration(turn: Turn, { node, to }: Of<'migrate'>, cause: Position): void {
  const guest = nodeNamed(turn.index, node);
  const from = guest !== undefined && 'on' in guest ? (guest.on ?? '') : '';
  const how = liveMigrationOf(turn.index, from);
  if (how === undefined) return;
  turn.say('MigrationStarted', cause, { node, from, to, preCopyNs: how.preCopyNs, stunNs: how.stunNs });
  turn.wake(node, 'migration', turn.nowNs + how.preCopyNs);
}

/** The copy is made, or the rest of it. */
export function migrationTick(turn: Turn, node: NodeName): void {
  const migration = turn.state.migrations[node];
  if (migration === undefined) return;
  const { from, to, since } = migration;
  if (migration.stunnedUntilNs !== null) {
    arrive(turn, migration, node, turn.say('GuestMigrated', since, { node, from, to }));
  } else if (directDevices(turn.index, node).length > 0) {
    turn.say('MigrationAborted', since, { node, to, reason: 'direct-device' });
  } else {
    const untilNs = turn.nowNs + migration.stunNs;
    turn.say('GuestStunned', since, { node, untilNs });
    turn.wake(node, 'migration', untilNs);
  }
}

type Journey = Pick<MigrationState, 'from' | 'to'>;

/** The guest is on the other hypervisor because of the event at `cause`. */
function arrive(turn: Turn, { from, to }: Journey, node: NodeName, cause: Position): void {
  const left = new Map(standbyCables(turn.index, node, from).map(({ vnic, port }) => [vnic, port]));
  for (const { vnic, port } of pluggedCables(turn.index, node)) {
    const before = left.get(vnic);
    if (before === undefined || turn.state.interfaces[before]?.isUp !== true) continue;
    setCarrier(turn, before, false, cause);
    setCarrier(turn, port, true, cause);
    const found = interfaceAt(turn.index, port);
    if (found !== undefined) notifySwitches(turn, found, 'migration', cause);
  }
  if (liveMigrationOf(turn.index, to)?.guestAnnounces !== true) return;
  for (const iface of turn.index.byNode.get(node) ?? []) announce(turn, iface, 1, cause);
}

/** A node crashed: guests that were to come to it stay where they are, and one that was to leave goes nowhere. */
export function abortMigrations(turn: Turn, crashed: NodeName, cause: Position): void {
  for (const [node, { to }] of Object.entries(turn.state.migrations)) {
    const reason: EventData['MigrationAborted']['reason'] = node === crashed ? 'guest-crashed' : 'target-crashed';
    if (node !== crashed && to !== crashed) continue;
    turn.say('MigrationAborted', cause, { node, to, reason });
    turn.wake(node, 'migration', null);
  }
}
