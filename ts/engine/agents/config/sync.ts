/**
 * Configuration over HA1 (rules HA-01, HA-02), where the pair has `config-sync`: a commit at one unit sends all shared settings to the other,
 * which follows at once.
 *
 *   TCP 28260 ┌ JSON: {"group": 1, "config": [["interface/eth1/mtu", "1400"], …], "from": 0, "of": 9} ┘ up to ROWS_BYTES
 *
 * Decision someone may dispute: nothing is sent again. A commit while HA1 is lost leaves the units different until the next commit, or
 * until an operator sends the configuration with `sync-config`, as on the platform.
 */
import { candidateFaults } from '../../../model/config/faults.ts';
import { OPTION_PATH } from '../../../model/config/settings.ts';
import { rowsToFollow, type SharedRow, sharedSettings } from '../../../model/config/shared-settings.ts';
import type { Position } from '../../../model/events/events.ts';
import type { NodeName } from '../../../model/lab/endpoint.ts';
import type { ControlLink } from '../../../model/lab/ha-pair.ts';
import { dataInterfaces, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { TcpSegment } from '../../../wire/tcp.ts';
import type { Turn } from '../../turn/turn.ts';
import { readMessage, sendMessage } from '../ha/control-message.ts';
import { haOf, type Membership, unitOf } from '../ha/ends.ts';
import { linkInUse } from '../ha/link.ts';
import { optionRefusals } from '../mac/mac-verbs.ts';
import { followSettings } from './running.ts';

/** So that a segment fits into a frame of 1500 bytes. */
const ROWS_BYTES = 1200;

/** A unit that takes part in configuration synchronisation now; null for another node. */
function syncing(turn: Turn, node: NodeName): Membership | null {
  const unit = unitOf(turn, node);
  return unit?.pair.configSync === true && haOf(turn, node).isProcessRunning ? unit : null;
}

/** Sends the shared settings to the peer. @returns whether they were sent: there is a peer to send them to. */
export function pushConfig(turn: Turn, node: NodeName, cause: Position): boolean {
  const unit = syncing(turn, node);
  const link = linkInUse(turn, node);
  // The heartbeat backup carries no configuration.
  if (unit === null || !haOf(turn, node).isPeerKnown || link === 'heartbeat-backup') return false;
  const rows = sharedSettings({ lab: turn.index.lab, options: turn.state.options }, node);
  let from = 0;
  for (const part of partsOf(rows)) {
    const message = { group: unit.pair.group, config: part, from, of: rows.length };
    sendMessage(turn, node, link, message, cause, 'config');
    from += part.length;
  }
  return true;
}

function partsOf(rows: readonly SharedRow[]): SharedRow[][] {
  const parts: SharedRow[][] = [];
  let bytes = ROWS_BYTES;
  for (const row of rows) {
    const more = JSON.stringify(row).length + 1;
    if (bytes + more > ROWS_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(row);
    bytes += more;
  }
  return parts;
}

/** A segment on a control link that may carry the configuration of the peer. */
export function handleConfig(turn: Turn, node: NodeName, link: ControlLink, segment: TcpSegment, cause: Position): void {
  const unit = syncing(turn, node);
  const memory = turn.memory(node).ha;
  const message = unit === null ? null : readMessage(turn, node, link, segment, 'config');
  if (unit === null || memory === null || typeof message !== 'object' || message === null) return;
  const { group, config, from, of } = message as Partial<Record<'group' | 'config' | 'from' | 'of', unknown>>;
  if (group !== unit.pair.group || !Array.isArray(config) || !config.every(isRow)) return;
  const known = from === 0 ? [] : (memory.configRows ?? []);
  // A part that was lost on the way makes the rest useless.
  if (known.length !== from) return;
  const rows = [...known, ...config];
  if (rows.length === of) {
    delete memory.configRows;
    follow(turn, node, unit.peer.node, rows, cause);
  } else memory.configRows = rows;
}

function isRow(row: unknown): row is SharedRow {
  return Array.isArray(row) && row.length === 2 && row.every((one) => typeof one === 'string');
}

/** The unit is configured as its peer; what it cannot be as a whole, it is not at all. */
function follow(turn: Turn, node: NodeName, peer: NodeName, rows: readonly SharedRow[], cause: Position): void {
  const { lab } = turn.index;
  const changes = rowsToFollow({ lab, options: turn.state.options }, node, rows);
  if (changes.length === 0) return;
  const values = Object.fromEntries(changes);
  const firewall = nodeNamed(turn.index, node);
  const option =
    firewall?.kind === 'firewall' && values[OPTION_PATH] !== undefined
      ? optionRefusals(turn.index, firewall, values[OPTION_PATH] === 'on')
      : [];
  const faults = [...option, ...candidateFaults(lab, turn.state.defined ?? lab, node, values)];
  if (faults.length > 0) {
    const text = `${node} cannot follow the configuration of ${peer}: ${faults.join('; ')}`;
    turn.say('HaConfigWarning', cause, { node, code: 'config-sync-refused', text });
    return;
  }
  const before = dataInterfaces(turn.index, node);
  const [paths, texts] = [changes.map(([path]) => path), changes.map(([, value]) => value)];
  const position = turn.say('HaConfigSynced', cause, { node, peer, paths, values: texts });
  followSettings(turn, { node, values, before }, position);
}
