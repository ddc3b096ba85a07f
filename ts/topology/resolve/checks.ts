/** Checks: what a run must show. Each expectation is one of five forms, told apart by the key that names its subject. */
import { DROP_REASONS } from '../../model/events/drop-reasons.ts';
import { EVENT_KINDS } from '../../model/events/events.ts';
import type { FlowProtocol } from '../../model/lab/flow.ts';
import type { Bounds, Check, Expectation } from '../../model/lab/script.ts';
import { nearest, suggestion } from '../../values/did-you-mean.ts';
import { type Ipv4, parseIpv4 } from '../../values/ipv4-address.ts';
import { parseIpv6 } from '../../values/ipv6-address.ts';
import { parseMac } from '../../values/mac.ts';
import { formatSeconds, type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, durationOf } from '../draft/draft.ts';
import type { RawBounds, RawCheck, RawDuration, RawExpectation, RawSpanBounds } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';
import { fieldsOf, valueFault } from './event-fields.ts';
import { byCodeUnits } from './inherit.ts';

type Form = Expectation['kind'];

const ANY_COUNT: Bounds = { min: 1, max: null };

/** Of an expectation about a flow: keys that only a TCP flow has. */
const TCP_KEYS = ['outcome', 'stall', 'retransmissions'] as const;

/** Keys that go with each form's own, and the ones among them it cannot do without. */
const FORM_KEYS: Readonly<Record<Form, { readonly optional: readonly string[]; readonly required: readonly string[] }>> = {
  event: { optional: ['where', 'count', 'from', 'to', 'within'], required: [] },
  neighbour: { optional: ['at'], required: ['mac'] },
  ha: { optional: ['at'], required: ['state'] },
  flow: {
    optional: [
      ...['received', 'lost', 'longest-gap', 'rate', 'latency-p50', 'latency-p99', 'latency-mean', 'limited-by'],
      ...TCP_KEYS,
    ],
    required: [],
  },
  drops: { optional: ['count', 'from', 'to', 'within'], required: [] },
};

interface Stage {
  readonly draft: Draft;
  readonly path: Path;
  /** Protocols of the flows by name. */
  readonly flows: ReadonlyMap<string, FlowProtocol>;
  readonly durationNs: Nanos;
}

export function resolveChecks(
  draft: Draft,
  checks: Readonly<Record<string, RawCheck>>,
  flows: ReadonlyMap<string, FlowProtocol>,
  durationNs: Nanos,
): Check[] {
  return Object.keys(checks)
    .sort(byCodeUnits)
    .map((name) => {
      const { description = '', expect = [] } = checks[name] ?? {};
      const resolved = expect.map((raw, index) => {
        const path: Path = ['validate', name, 'expect', index];
        return raw === undefined ? null : resolveExpectation({ draft, path, flows, durationNs }, raw);
      });
      return { name, description, expect: resolved.filter((expectation) => expectation !== null) };
    });
}

function resolveExpectation(stage: Stage, raw: RawExpectation): Expectation | null {
  const form = formOf(stage, raw);
  switch (form) {
    case null:
      return null;
    case 'event':
      return resolveEvent(stage, raw, raw.event ?? '');
    case 'neighbour':
      return resolveNeighbour(stage, raw);
    case 'ha':
      return resolveHa(stage, raw, raw.ha ?? '');
    case 'flow':
      return resolveFlowTotals(stage, raw, raw.flow ?? '');
    case 'drops':
      return resolveDrops(stage, raw);
    default:
      return form satisfies never;
  }
}

/** Which form an expectation has. Keys that do not go together are one mistake, told at the first key that is too many. */
function formOf({ draft, path }: Stage, raw: RawExpectation): Form | null {
  const forms = Object.keys(FORM_KEYS) as Form[];
  const broken = forms.some((form) => draft.isBroken([...path, form]));
  const [form, second] = forms.filter((candidate) => raw[candidate] !== undefined);
  if (form === undefined) {
    const misspelt = Object.keys((draft.written(path) as object | null) ?? {}).some((key) => draft.isBroken([...path, key]));
    if (!broken && !misspelt) draft.errorAtKey(path, `an expectation needs one of ${forms.join(', ')}`);
    return null;
  }
  if (second !== undefined) {
    draft.errorAtKey([...path, second], `an expectation has one form: ${form} or ${second}, not both`);
    return null;
  }
  const { optional, required } = FORM_KEYS[form];
  const stray = Object.keys(raw).find((key) => key !== form && !optional.includes(key) && !required.includes(key));
  if (stray !== undefined) {
    draft.errorAtKey([...path, stray], `"${stray}" does not go with "${form}"; expected ${[...required, ...optional].join(', ')}`);
    return null;
  }
  const missing = required.find((key) => !Object.hasOwn(raw, key));
  if (missing === undefined) return form;
  if (!draft.isBroken([...path, missing])) draft.errorAtKey(path, `"${form}" needs "${missing}"`);
  return null;
}

function resolveEvent(stage: Stage, raw: RawExpectation, type: string): Expectation {
  const { draft, path } = stage;
  const fields = fieldsOf(type);
  if (fields === null) draft.error([...path, 'event'], `there is no event "${type}"${suggestion(type, Object.keys(EVENT_KINDS))}`);
  const where = raw.where ?? {};
  for (const [field, value] of Object.entries(where)) if (fields !== null) checkField(stage, type, fields, where, field, value);
  return { kind: 'event', type, where, count: boundsOf(stage, raw.count, 'count') ?? ANY_COUNT, ...timeRange(stage, raw) };
}

function checkField(
  { draft, path }: Stage,
  type: string,
  fields: ReadonlyMap<string, string>,
  where: Readonly<Record<string, unknown>>,
  field: string,
  value: string | number | boolean,
): void {
  const at = [...path, 'where', field];
  const expected = fields.get(field);
  const fault = valueFault(type, field, value);
  if (expected === undefined) {
    const near = nearest(field, fields.keys());
    const hint = near === null ? `expected ${[...fields.keys()].join(', ')}` : `did you mean "${near}"?`;
    draft.errorAtKey(at, `${type} has no field "${field}"; ${hint}`);
  } else if (expected === 'other') {
    draft.errorAtKey(at, `${type}.${field} is not a single value, so a check cannot compare it`);
  } else if (typeof value !== expected) {
    draft.error(at, `${type}.${field} is a ${expected}, ${JSON.stringify(value)} is a ${typeof value}`);
  } else if (fault !== null) {
    draft.error(at, fault);
  } else if (field === 'node' && typeof value === 'string') {
    draft.nodeNamed(value, at);
  } else if (field === 'interface' && typeof value === 'string' && value !== '' && typeof where['node'] === 'string') {
    // An unknown node is told once, at the node.
    if (draft.nodes.has(where['node'])) draft.interfaceNamed(`${where['node']}:${value}`, at);
  } else if (field === 'reason' && type.endsWith('Dropped') && typeof value === 'string') {
    checkReason(draft, value, at);
  }
}

function checkReason(draft: Draft, reason: string, path: Path): void {
  if (!Object.hasOwn(DROP_REASONS, reason)) {
    draft.error(path, `there is no drop reason "${reason}"${suggestion(reason, Object.keys(DROP_REASONS))}`);
  }
}

function resolveNeighbour(stage: Stage, raw: RawExpectation): Expectation | null {
  const { draft, path } = stage;
  const { node, ip, interface: name } = raw.neighbour ?? {};
  const mac = raw.mac ?? 'none';
  const atNs = timeOf(stage, raw.at, 'at');
  const parsed = parseMac(mac);
  if (parsed === null && mac !== 'none') draft.interfaceNamed(mac, [...path, 'mac']);
  if (node === undefined || ip === undefined) return null;
  const found = draft.nodeNamed(node, [...path, 'neighbour', 'node']);
  if (found !== null && !['host', 'firewall', 'router'].includes(found.kind ?? '')) {
    draft.error([...path, 'neighbour', 'node'], `${node} is a ${found.kind}, which has no neighbour cache`);
  } else if (found !== null && name !== undefined) {
    draft.interfaceNamed(`${node}:${name}`, [...path, 'neighbour', 'interface']);
  }
  const at = name === undefined ? {} : { interface: name };
  return { kind: 'neighbour', node, ...at, ip: parseIpv4(ip) ?? parseIpv6(ip) ?? ('0.0.0.0' as Ipv4), mac: parsed ?? mac, atNs };
}

function resolveHa(stage: Stage, raw: RawExpectation, node: string): Expectation {
  const { draft, path } = stage;
  const found = draft.nodeNamed(node, [...path, 'ha']);
  if (found !== null && found.kind !== 'firewall')
    draft.error([...path, 'ha'], `${node} is a ${found.kind}; only firewalls have an HA state`);
  return { kind: 'ha', node, state: raw.state ?? '', atNs: timeOf(stage, raw.at, 'at') };
}

function resolveFlowTotals(stage: Stage, raw: RawExpectation, flow: string): Expectation {
  const { draft, path, flows } = stage;
  const broken = draft.isBroken(['flows']) || draft.isBroken(['flows', flow]);
  if (!flows.has(flow) && !broken) draft.error([...path, 'flow'], `there is no flow "${flow}"${suggestion(flow, flows.keys())}`);
  const stray = TCP_KEYS.find((key) => raw[key] !== undefined);
  if (stray !== undefined && flows.get(flow) === 'udp')
    draft.errorAtKey([...path, stray], `"${stray}" is of a TCP flow; ${flow} sends UDP frames`, {
      remedy: `give ${flow} protocol: tcp`,
    });
  const limitedBy = raw['limited-by'] ?? null;
  if (limitedBy !== null && limitedBy !== 'line') draft.nodeNamed(limitedBy, [...path, 'limited-by']);
  return {
    kind: 'flow',
    flow,
    received: boundsOf(stage, raw.received, 'received'),
    lost: boundsOf(stage, raw.lost, 'lost'),
    longestGapNs: spanBoundsOf(raw['longest-gap']),
    framesPerSecond: boundsOf(stage, raw.rate, 'rate'),
    latencyP50Ns: spanBoundsOf(raw['latency-p50']),
    latencyP99Ns: spanBoundsOf(raw['latency-p99']),
    latencyMeanNs: spanBoundsOf(raw['latency-mean']),
    outcome: raw.outcome ?? null,
    stallNs: spanBoundsOf(raw.stall),
    retransmissions: boundsOf(stage, raw.retransmissions, 'retransmissions'),
    limitedBy,
  };
}

function spanBoundsOf(raw: RawSpanBounds | undefined): Bounds | null {
  if (raw === undefined) return null;
  const { min, max } = raw;
  return { min: min === undefined ? null : durationOf(min, nanos(0)), max: max === undefined ? null : durationOf(max, nanos(0)) };
}

function resolveDrops(stage: Stage, raw: RawExpectation): Expectation {
  const { draft, path } = stage;
  const { at, reason } = raw.drops ?? {};
  const atPath = [...path, 'drops', 'at'];
  if (at?.includes(':')) draft.interfaceNamed(at, atPath);
  else if (at !== undefined) draft.nodeNamed(at, atPath);
  if (reason !== undefined) checkReason(draft, reason, [...path, 'drops', 'reason']);
  const count = boundsOf(stage, raw.count, 'count') ?? ANY_COUNT;
  return { kind: 'drops', at: at ?? null, reason: reason ?? null, count, ...timeRange(stage, raw) };
}

function boundsOf({ draft, path }: Stage, raw: RawBounds | undefined, key: string): Bounds | null {
  if (raw === undefined) return null;
  if (typeof raw === 'number') return { min: raw, max: raw };
  const { min = null, max = null } = raw;
  if (min !== null && max !== null && min > max) draft.error([...path, key], `min ${min} is above max ${max}`);
  return { min, max };
}

function timeRange(stage: Stage, raw: RawExpectation): { fromNs: Nanos; toNs: Nanos | null } {
  const { draft, path } = stage;
  const fromNs = timeOf(stage, raw.from, 'from') ?? nanos(0);
  if (raw.within !== undefined) {
    if (raw.to !== undefined) draft.errorAtKey([...path, 'within'], '"to" and "within" exclude each other; keep one');
    const end = fromNs + durationOf(raw.within, nanos(0));
    return { fromNs, toNs: Number.isSafeInteger(end) ? nanos(end) : null };
  }
  const toNs = timeOf(stage, raw.to, 'to');
  if (toNs !== null && toNs < fromNs) draft.error([...path, 'to'], 'this window ends before it begins');
  return { fromNs, toNs };
}

function timeOf({ draft, path, durationNs }: Stage, raw: RawDuration | undefined, key: 'at' | 'from' | 'to'): Nanos | null {
  if (raw === undefined) return null;
  const value = durationOf(raw, nanos(0));
  if (value > durationNs && !draft.isBroken(['duration'])) {
    draft.error([...path, key], `this time is after the end of the run at ${formatSeconds(durationNs)} s`);
  }
  return value;
}
