/** Units of HA pairs, folded from events. */
import { ENABLED_PATH } from '../config/settings.ts';
import { unitIn } from '../config/unit-setting.ts';
import type { Position } from '../events/events.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { ConfigStates } from './config-state.ts';
import { type Evolvers, known } from './evolvers.ts';

/** Rule HA-01. */
export const HA_ROLES = ['initial', 'active', 'passive', 'non-functional', 'suspended'] as const;

/** Something that a unit monitors and that failed (rules HA-09, HA-10). */
export interface HaFailure {
  readonly kind: string;
  readonly group: string;
  readonly what: string;
}

export interface HaState {
  state: (typeof HA_ROLES)[number];
  reason: string;
  isProcessRunning: boolean;
  isPeerKnown: boolean;
  since: Position;
  /** Position of the event that last stopped or started the HA process. */
  processSince: Position;
  /** HA links that the unit has declared down (rule HA-03). */
  linksDown: readonly string[];
  failures: readonly HaFailure[];
}

export interface HaStates extends Pick<ConfigStates, 'lab'> {
  /** Units of pairs; none of a unit whose HA is disabled. */
  ha: Record<NodeName, HaState>;
}

export function defineHa(state: HaStates, lab: Lab): void {
  for (const { members } of lab.haPairs) for (const { node } of members) state.ha[node] = newUnit('boot', 1);
}

function newUnit(reason: string, since: Position): HaState {
  return {
    state: 'initial',
    reason,
    isProcessRunning: true,
    isPeerKnown: false,
    since,
    processSince: since,
    linksDown: [],
    failures: [],
  };
}

export const HA_EVOLVERS: Evolvers<HaStates> = {
  // A unit without power holds no role.
  NodePowerChanged: (state, data, event) => {
    const ha = state.ha[data.node];
    if (ha === undefined) return;
    const nothing = { state: 'initial', isPeerKnown: false, linksDown: [], failures: [] } as const;
    state.ha[data.node] = { ...ha, ...nothing, reason: data.power, since: event.position };
  },
  // Rule MAC-05. The table of configurations comes first: the lab is as committed.
  ConfigCommitted: (state, { node, paths }, event) => {
    if (!paths.includes(ENABLED_PATH) || state.lab === null) return;
    if (unitIn(state.lab, node)?.self.disabled === true) delete state.ha[node];
    else state.ha[node] = newUnit('ha-enabled', event.position);
  },
  HaStateChanged: (state, data, event) => {
    const ha = state.ha[data.node];
    const to = known(HA_ROLES, data.to);
    if (ha === undefined || to === null) return;
    // Field by field: roles change often, and a spread of the old state takes longer than the rest of the fold.
    const { isProcessRunning, isPeerKnown, processSince, linksDown, failures } = ha;
    const since = event.position;
    const { reason } = data;
    state.ha[data.node] = { state: to, reason, isProcessRunning, isPeerKnown, since, processSince, linksDown, failures };
  },
  HaPeerLost: (state, data) => setPeerKnown(state, data.node, false),
  HaPeerFound: (state, data) => setPeerKnown(state, data.node, true),
  HaLinkChanged: (state, data) => {
    const ha = state.ha[data.node];
    if (ha === undefined) return;
    const others = ha.linksDown.filter((link) => link !== data.link);
    ha.linksDown = data.up ? others : [...others, data.link];
  },
  HaMonitorFailed: (state, { node, kind, group, what }) => {
    const ha = state.ha[node];
    if (ha) ha.failures = [...others(ha.failures, { kind, group, what }), { kind, group, what }];
  },
  HaMonitorRecovered: (state, { node, ...failure }) => {
    const ha = state.ha[node];
    if (ha) ha.failures = others(ha.failures, failure);
  },
  HaProcessChanged: (state, data, event) => {
    const ha = state.ha[data.node];
    if (ha) state.ha[data.node] = { ...ha, isProcessRunning: data.running, processSince: event.position };
  },
};

function others(failures: readonly HaFailure[], { kind, group, what }: HaFailure): readonly HaFailure[] {
  return failures.filter((one) => one.kind !== kind || one.group !== group || one.what !== what);
}

function setPeerKnown(state: HaStates, node: NodeName, isKnown: boolean): void {
  const ha = state.ha[node];
  if (ha) ha.isPeerKnown = isKnown;
}
