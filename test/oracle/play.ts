/**
 * Plays a case on the data plane and on the oracle, frame by frame, and says in words where they first differ: verdicts, then
 * the table, then the counters.
 */
import { DataplaneSwitch } from './dataplane-switch.ts';
import { type Case, type ChangeStep, type FrameStep, STATIONS, type Step } from './random-switch.ts';
import { ReferenceSwitch } from './reference.ts';
import { changeText, countersText, describeSwitch, frameText, tableText, verdictText } from './say.ts';
import { type Change, type DrivenSwitch, type Frame, portNames, TRUNK, type Verdict } from './switch-model.ts';

/** What frames came to, by name, over many cases: a comparison that never saw a drop reason proves nothing about it. */
export type Outcomes = Map<string, number>;

/** Null when both agree to the end; else the switch, what happened to it, and where they part. */
export function differenceIn({ description, steps }: Case, outcomes: Outcomes = new Map()): string | null {
  const oracle = new ReferenceSwitch(description);
  const dataplane = new DataplaneSwitch(description);
  const story: string[] = [...describeSwitch(description)];
  let nowNs = 0;
  for (const step of steps) {
    nowNs += step.gapNs;
    const difference = take(step, nowNs, oracle, dataplane, story, outcomes);
    if (difference !== null) return [...story, ...difference].join('\n');
  }
  const counters = oracle.counters();
  if (counters.moved > 0) outcomes.set('an address moved', (outcomes.get('an address moved') ?? 0) + 1);
  const difference = compare('counters', countersText(counters), countersText(dataplane.counters()));
  if (difference !== null) return [...story, ...difference].join('\n');
  dataplane.release();
  return null;
}

function take(
  step: Step,
  atNs: number,
  oracle: ReferenceSwitch,
  dataplane: DrivenSwitch,
  story: string[],
  outcomes: Outcomes,
): readonly string[] | null {
  try {
    if (step.what === 'change') {
      const change = changeOf(step, oracle);
      if (change === null) return null;
      story.push(changeText(atNs, change));
      oracle.apply(change);
      dataplane.apply(change);
    } else {
      const { name } = portNumbered(oracle, step.at);
      const frame = frameOf(step, oracle);
      story.push(frameText(atNs, name, frame));
      const [expected, seen] = [oracle.receive(atNs, name, frame), dataplane.receive(atNs, name, frame)];
      count(outcomes, expected);
      const difference = compare('verdict', verdictText(expected), verdictText(seen));
      if (difference !== null) return difference;
      story.push(`             ${verdictText(expected)}`);
    }
    return compare('table', tableText(oracle.table(atNs)), tableText(dataplane.table(atNs)));
  } catch (error) {
    return [`  the data plane stopped: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function compare(what: string, oracle: string, dataplane: string): readonly string[] | null {
  return oracle === dataplane
    ? null
    : [`  ${what} by the rules:          ${oracle}`, `  ${what} of the data plane:    ${dataplane}`];
}

function count(outcomes: Outcomes, { delivered, refused, dropped }: Verdict): void {
  const names = [...refused.map(({ reason }) => `refused ${reason}`)];
  if (dropped !== null) names.push(`dropped ${dropped}`);
  if (delivered.length > 0) names.push(delivered.length === 1 ? 'delivered to one' : 'delivered to several');
  for (const name of names) outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
}

// ── From numbers to what is there ───────────────────────────────────────────────────────────────────────────────────

function portNumbered(oracle: ReferenceSwitch, n: number): ReferenceSwitch['ports'][number] {
  return pick(oracle.ports, n);
}

function frameOf({ at, src, dst, tag, fits, octets }: FrameStep, oracle: ReferenceSwitch): Frame {
  const ingress = portNumbered(oracle, at);
  const takesTags = ingress.vlan === TRUNK || (ingress.kind === 'plain' && ingress.vlan === 0);
  return {
    src: src === 'own' ? addressAt(oracle, at) : src,
    dst: typeof dst === 'number' ? addressAt(oracle, dst) : dst,
    tag: fits && !takesTags ? null : tag,
    ...(octets !== undefined && { octets }),
  };
}

/** The address of a port's vNIC; where none is known, one that stands for who is out there. */
function addressAt(oracle: ReferenceSwitch, n: number): Frame['src'] {
  return portNumbered(oracle, n).effectiveMac ?? pick(STATIONS, n);
}

/** Null when the switch has no port that this could happen to. */
function changeOf(step: ChangeStep, oracle: ReferenceSwitch): Change | null {
  const { at, on, mac, group, policy } = step;
  if (step.change === 'power') return { what: 'power', on };
  const names = portNames(oracle.description);
  if (step.change === 'carrier') return { what: 'carrier', port: pick(names, at), up: on };
  if (step.change === 'blocked') return { what: 'blocked', port: pick(names, at), blocked: on };
  const uplinks = oracle.ports.filter(({ kind }) => kind === 'uplink');
  if (step.change === 'active uplink') return uplinks.length === 0 ? null : { what: 'active uplink', port: pick(uplinks, at).name };
  if (step.change === 'uplink in use') {
    return uplinks.length === 0 ? null : { what: 'uplink in use', port: pick(uplinks, at).name, used: on };
  }
  const guest = pick(
    oracle.ports.filter(({ kind }) => kind === 'guest'),
    at,
  );
  switch (step.change) {
    case 'policy':
      return { what: 'policy', port: guest.name, policy };
    case 'guest MAC':
      return { what: 'guest MAC', port: guest.name, mac };
    case 'initial MAC again':
      return { what: 'guest MAC', port: guest.name, mac: guest.initialMac ?? mac };
    case 'host MAC':
      return { what: 'host MAC', port: guest.name, mac };
    case 'promiscuous':
      return { what: 'guest asks for promiscuous', port: guest.name, requested: on };
    case 'join':
      return { what: 'join', port: guest.name, group };
    default:
      return step.change satisfies never;
  }
}

function pick<T>(items: readonly T[], n: number): T {
  const item = items[n % items.length];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}
