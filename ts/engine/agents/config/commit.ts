/**
 * A commit: the candidate becomes the running configuration, and what follows from each setting happens in one instant.
 *
 *   ConfigCommitted ─┬─ option, group     MACs (MAC-09, HA-20)
 *                    ├─ addresses         neighbours out of reach are forgotten, new addresses are announced
 *                    ├─ HA on or off      the unit looks for its peer, or is a firewall of its own (MAC-05)
 *                    ├─ HA                hellos, heartbeats and holds start anew, links and monitors change (HA-02 to HA-14)
 *                    ├─ the peer          hears of it, where the pair synchronises its configuration (HA-01)
 *                    └─ warnings          what makes the units of a pair differ
 */
import { pairDifferences } from '../../../model/config/pair-differences.ts';
import { ENABLED_PATH, sortedPaths } from '../../../model/config/settings.ts';
import { isShared } from '../../../model/config/shared-settings.ts';
import type { Position } from '../../../model/events/events.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import type { Turn } from '../../turn/turn.ts';
import { disableHa, enableHa } from '../ha/enabling.ts';
import { reconfigureHa } from '../ha/reconfigure.ts';
import { followSettings } from './running.ts';
import { pushConfig } from './sync.ts';

/** @param cause CommandAccepted. */
export function commitCandidate(turn: Turn, node: string, cause: Position): void {
  const candidate = { ...turn.state.candidates[node] };
  const paths = sortedPaths(candidate);
  const before = dataInterfaces(turn.index, node);
  const wasActive = turn.state.ha[node]?.state === 'active';
  const position = turn.say('ConfigCommitted', cause, { node, paths });
  followSettings(turn, { node, values: candidate, before }, position);
  if (paths.includes(ENABLED_PATH)) {
    if (turn.index.ha.has(node)) enableHa(turn, node, position);
    else disableHa(turn, node, wasActive, position);
  } else if (paths.some((path) => path.startsWith('ha/'))) reconfigureHa(turn, node, paths, position);
  const isSent = pushConfig(turn, node, position);
  const configured = { lab: turn.index.lab, options: turn.state.options };
  for (const { code, path, text } of pairDifferences(configured, node)) {
    // The peer is about to follow.
    if (!isSent || !isShared(path)) turn.say('HaConfigWarning', position, { node, code, text });
  }
}
