/** Commands about the configuration of a firewall: what they refuse, and how they change its candidate. */
import { candidateFaults } from '../../../model/config/faults.ts';
import { OPTION_PATH, settingAt, sortedPaths, valueAt } from '../../../model/config/settings.ts';
import type { Position } from '../../../model/events/events.ts';
import { controlLinksOf } from '../../../model/lab/ha-pair.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { strangers } from '../ha/ha-verbs.ts';
import { optionRefusals } from '../mac/mac-verbs.ts';
import { commitCandidate } from './commit.ts';
import { changeOption } from './running.ts';
import { pushConfig } from './sync.ts';

type ConfigVerb = 'commit' | 'set-candidate' | 'unset-candidate' | 'commit-candidate' | 'revert-candidate' | 'sync-config';

export const CONFIG_VERBS: Verbs<ConfigVerb> = {
  commit: {
    refusals: ({ node, useHypervisorMac }, index) => {
      const firewall = nodeNamed(index, node);
      return firewall?.kind === 'firewall'
        ? optionRefusals(index, firewall, useHypervisorMac)
        : [`${node} is not a firewall of this lab`];
    },
    perform: (turn, { node, useHypervisorMac }, cause) => {
      const position = changeOption(turn, node, useHypervisorMac, cause);
      if (position !== null) pushConfig(turn, node, position);
    },
  },
  'sync-config': {
    refusals: syncRefusals,
    perform: (turn, { node }, cause) => pushConfig(turn, node, cause),
  },
  'set-candidate': {
    refusals: (command, index, state) => [...unitRefusals(command.node, index, state), ...valueRefusals(command)],
    perform: (turn, { node, path, value }, cause) => stage(turn, node, path, settingAt(path)?.normal(value) ?? value, cause),
  },
  'unset-candidate': {
    refusals: ({ node, path }, index, state) => [
      ...unitRefusals(node, index, state),
      ...(settingAt(path)?.isOptional ? [] : [`${path} always has a value; "set" gives it another`]),
    ],
    perform: (turn, { node, path }, cause) => stage(turn, node, path, '', cause),
  },
  'commit-candidate': {
    refusals: commitRefusals,
    perform: (turn, { node }, cause) => commitCandidate(turn, node, cause),
  },
  'revert-candidate': {
    refusals: ({ node }, index, state) => [...unitRefusals(node, index, state), ...emptyCandidate(node, state)],
    perform: revert,
  },
};

/** Why nobody can configure the node. */
function unitRefusals(name: string, index: LabIndex, state: Readonly<LabState>): string[] {
  if (nodeNamed(index, name)?.kind !== 'firewall') return [`${name} is not a firewall of this lab`];
  return state.nodes[name]?.power === 'running' ? [] : [`${name} has no power`];
}

function valueRefusals({ path, value }: Of<'set-candidate'>): string[] {
  const setting = settingAt(path);
  if (setting === null) return [`there is no setting ${path}`];
  return setting.normal(value) === null ? [`"${value}" is no value of ${path}: expected ${setting.expected}`] : [];
}

function emptyCandidate(node: string, state: Readonly<LabState>): string[] {
  const isEmpty = Object.keys(state.candidates[node] ?? {}).length === 0;
  return isEmpty && state.candidates[node] !== undefined ? [`the candidate of ${node} is what runs`] : [];
}

/** The whole candidate is judged: every reason is told at once. */
function commitRefusals({ node }: Of<'commit-candidate'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const firewall = nodeNamed(index, node);
  const candidate = state.candidates[node] ?? {};
  const option =
    firewall?.kind === 'firewall' && candidate[OPTION_PATH] !== undefined
      ? optionRefusals(index, firewall, candidate[OPTION_PATH] === 'on')
      : [];
  return [
    ...unitRefusals(node, index, state),
    ...emptyCandidate(node, state),
    ...option,
    ...candidateFaults(index.lab, state.defined ?? index.lab, node, candidate),
  ];
}

function syncRefusals({ node }: Of<'sync-config'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const refusals = [...unitRefusals(node, index, state), ...strangers(node, index)];
  const ha = state.ha[node];
  if (refusals.length > 0 || ha === undefined) return refusals;
  const pair = index.ha.get(node)?.pair;
  if (pair?.configSync !== true) return [`${node} does not synchronise its configuration: ha/config-sync is off`];
  if (!ha.isProcessRunning) return [`the HA process of ${node} is stopped`];
  if (!ha.isPeerKnown) return [`${node} has no connection to its peer`];
  const carriers = controlLinksOf(pair).filter((link) => link !== 'heartbeat-backup');
  return carriers.every((link) => ha.linksDown.includes(link)) ? [`HA1 of ${node} is down`] : [];
}

/** Changes the candidate; a value that it has already changes nothing. */
function stage(turn: Turn, node: string, path: string, value: string, cause: Position): void {
  const { options } = turn.state;
  const old = turn.state.candidates[node]?.[path] ?? valueAt({ lab: turn.index.lab, options }, node, path);
  if (old !== value) turn.say('CandidateChanged', cause, { node, path, old, new: value });
}

function revert(turn: Turn, { node }: Of<'revert-candidate'>, cause: Position): void {
  const { options } = turn.state;
  for (const path of sortedPaths(turn.state.candidates[node] ?? {})) {
    stage(turn, node, path, valueAt({ lab: turn.index.lab, options }, node, path), cause);
  }
}
