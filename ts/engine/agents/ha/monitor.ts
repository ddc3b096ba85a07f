/** What a unit monitors: which interfaces and targets failed, and whether that is a failure of the unit (rules HA-09, HA-10). */
import type { Position } from '../../../model/events/events.ts';
import { type HaCondition, type HaPair, MONITOR_KINDS, type MonitorKind, monitoringOf } from '../../../model/lab/ha-pair.ts';
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';

/** Whether a unit monitors anything. */
export function monitorsAny(pair: HaPair): boolean {
  return MONITOR_KINDS.some((kind) => monitoringOf(pair, kind) !== null);
}

/** The first kind of monitoring that fails as a whole; null when none does. */
export function failingKind(turn: Turn, node: string, kinds: readonly MonitorKind[] = MONITOR_KINDS): MonitorKind | null {
  const unit = unitOf(turn, node);
  return kinds.find((kind) => unit !== null && isFailing(turn, node, unit.pair, kind)) ?? null;
}

function isFailing(turn: Turn, node: string, pair: HaPair, kind: MonitorKind): boolean {
  const monitoring = monitoringOf(pair, kind);
  if (monitoring === null) return false;
  const groups = monitoring.groups.map(({ name, condition, of }) =>
    isMet(
      condition,
      of.map((what) => hasFailed(turn, node, kind, name, what)),
    ),
  );
  return isMet(monitoring.condition, groups);
}

function isMet(condition: HaCondition, failed: readonly boolean[]): boolean {
  return condition === 'any' ? failed.includes(true) : failed.length > 0 && !failed.includes(false);
}

function hasFailed(turn: Turn, node: string, kind: MonitorKind, group: string, what: string): boolean {
  return haOf(turn, node).failures.some((one) => one.kind === kind && one.group === group && one.what === what);
}

/** Whether one failure in a group makes the unit fail, whatever else failed. */
function suffices(pair: HaPair, kind: MonitorKind, group: string): boolean {
  const { condition, groups = [] } = monitoringOf(pair, kind) ?? {};
  const own = groups.find(({ name }) => name === group);
  const isEnough = condition === 'any' || groups.length === 1;
  return isEnough && (own?.condition === 'any' || own?.of.length === 1);
}

/**
 * Records that an interface or target failed or recovered, in each group that it is in. What is recorded already is not said again.
 *
 * What fails while the unit is failing already changes nothing. A failure that suffices by itself is blamed alone; where several
 * together make the unit fail (`all`), the later one, or the only one that happened; where each suffices, the first of an instant, or
 * one that the definition alone brings.
 */
export function report(
  turn: Turn,
  node: string,
  { kind, what, failed, cause }: { kind: MonitorKind; what: string; failed: boolean; cause: () => Position },
): void {
  const unit = unitOf(turn, node);
  if (unit === null) return;
  for (const { name: group, of } of monitoringOf(unit.pair, kind)?.groups ?? []) {
    if (!of.includes(what) || hasFailed(turn, node, kind, group, what) === failed) continue;
    const [wasFailing, isFirst] = [failingKind(turn, node) !== null, haOf(turn, node).failures.length === 0];
    const position = turn.say(failed ? 'HaMonitorFailed' : 'HaMonitorRecovered', cause(), { node, kind, group, what });
    const { memory } = unit;
    if (!failed) memory.lastRecovery = position;
    else if (!wasFailing)
      memory.lastFailure = isFirst || suffices(unit.pair, kind, group) ? position : turn.later(memory.lastFailure, position);
    else if (memory.failing === null && !turn.hasHappened(position)) memory.lastFailure = position;
  }
}
