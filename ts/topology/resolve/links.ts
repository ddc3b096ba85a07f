/**
 * Cables: which interface is joined to which, at what rate, and what the line does to frames.
 *
 * A link's random numbers come from a seed of its own: FNV-1a of the lab's seed and the names of its ends, as written. So
 * adding, removing or moving another link disturbs none of them; renaming an end, or swapping the two, does.
 */

import { WIRE } from '../../model/hardware/nic.ts';
import { type Impairment, type LabLink, UNIMPAIRED } from '../../model/lab/links.ts';
import { nearest, suggestion } from '../../values/did-you-mean.ts';
import { fnv1a } from '../../values/fnv1a.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { parseByteSize, parsePercent, parseRate } from '../../values/quantities.ts';
import { type Draft, type DraftEnd, durationOf } from '../draft/draft.ts';
import type { RawEndpoint, RawImpair, RawImpairment, RawLink } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';
import { WITH_COLON } from '../schema/formats.ts';
import { isReserved } from './reservations.ts';

const RATE_BPS = 10_000_000_000;
const LATENCY = nanos(1000);
const QUEUE_BYTES = 256 * 1024;

/**
 * The links whose two ends are sound. Fills `draft.ends` and `draft.peers`.
 * @param latencyOf of a link that says none; undefined for the usual one.
 */
export function resolveLinks(
  draft: Draft,
  links: readonly (RawLink | undefined)[],
  seed: number,
  latencyOf: (link: RawLink) => Nanos | undefined = () => undefined,
): LabLink[] {
  return links.flatMap((raw, index) => {
    const path: Path = ['topology', 'links', index];
    const reserved = isReserved(raw);
    const [a, b] = [0, 1].map((side) => resolveEnd(draft, raw, path, side));
    if (raw === undefined || !a || !b) return [];
    if (!reserved) {
      draft.peers.set(a.endpoint, b.endpoint);
      draft.peers.set(b.endpoint, a.endpoint);
    }
    const impairments = impairmentsOf(draft, raw.impair, [...path, 'impair'], a, b);
    return [
      {
        ...resolveLink(raw, a, b, latencyOf(raw) ?? LATENCY),
        ...seedOf(seed, a, b),
        ...impairments,
        ...(reserved && { reserved }),
      },
    ];
  });
}

function resolveLink(raw: RawLink, a: DraftEnd, b: DraftEnd, latency: Nanos): LabLink {
  return {
    a: a.endpoint,
    b: b.endpoint,
    rateBps: raw.rate === undefined ? RATE_BPS : (parseRate(String(raw.rate)) ?? RATE_BPS),
    latencyNs: durationOf(raw.latency, latency),
    queueBytes: raw.queue === undefined ? QUEUE_BYTES : (parseByteSize(String(raw.queue)) ?? QUEUE_BYTES),
  };
}

/** The seed of the random numbers of a link, from the names of its ends. */
export function seedOf(seed: number, a: Pick<DraftEnd, 'endpoint'>, b: Pick<DraftEnd, 'endpoint'>): { seed: number } {
  return { seed: fnv1a(`${seed}\0${a.endpoint}\0${b.endpoint}`) };
}

type Impairments = Pick<LabLink, 'impairA' | 'impairB'>;

/** One impairment for both directions, or one for each: a direction is named by the interface it leaves. */
function impairmentsOf(draft: Draft, raw: RawImpair | undefined, path: Path, a: DraftEnd, b: DraftEnd): Impairments {
  const keys = Object.keys(raw ?? {});
  const directions = keys.filter((key) => WITH_COLON.test(key));
  if (raw === undefined || keys.length === 0) return {};
  if (directions.length === 0) {
    const both = impairmentOf(raw as RawImpairment);
    return both === null ? {} : { impairA: both, impairB: both };
  }
  if (directions.length < keys.length) {
    const stray = keys.find((key) => WITH_COLON.test(key) !== WITH_COLON.test(keys[0] ?? ''));
    draft.errorAtKey(
      [...path, stray ?? ''],
      'an impairment applies to both directions or to each by its end; use one of the two forms',
    );
    return {};
  }
  const ends = [a.endpoint, b.endpoint];
  for (const key of directions) {
    if (ends.includes(key)) continue;
    const near = nearest(key, ends);
    const hint = near === null ? `expected ${ends.join(' or ')}` : `did you mean "${near}"?`;
    draft.errorAtKey([...path, key], `"${key}" is not an end of this link; ${hint}`);
  }
  const [impairA, impairB] = ends.map((end) => impairmentOf((raw as Readonly<Record<string, RawImpairment>>)[end] ?? {}));
  return { ...(impairA && { impairA }), ...(impairB && { impairB }) };
}

/** Null for a line that does nothing to its frames. */
function impairmentOf(raw: RawImpairment): Impairment | null {
  const impairment: Impairment = {
    delayNs: durationOf(raw.delay, UNIMPAIRED.delayNs),
    jitterNs: durationOf(raw.jitter, UNIMPAIRED.jitterNs),
    lossPpm: parsePercent(String(raw.loss ?? 0)) ?? 0,
    corruptionPpm: parsePercent(String(raw.corruption ?? 0)) ?? 0,
    rateBps: parseRate(String(raw.rate ?? 0)) ?? 0,
  };
  return Object.values(impairment).every((value) => value === 0) ? null : impairment;
}

function resolveEnd(draft: Draft, link: RawLink | undefined, linkPath: Path, side: number): DraftEnd | null {
  const path = [...linkPath, 'endpoints', side];
  const raw = link?.endpoints?.[side];
  const parts = raw === undefined ? null : partsOf(raw);
  if (parts === null) {
    // The shape was wrong, and that was said.
    for (const pattern of guessMeant(draft, linkPath, path)) draft.meant.add(pattern);
    return null;
  }
  const { node: nodeName, name } = parts;
  const endpoint = `${nodeName}:${name}`;
  const nodePath = typeof raw === 'string' ? path : [...path, 'node'];
  const node = draft.nodes.get(nodeName);
  if (node === undefined) {
    draft.error(nodePath, `there is no node "${nodeName}"${suggestion(nodeName, draft.nodes.keys())}`);
    draft.meant.add(`${nearest(nodeName, draft.nodes.keys()) ?? '*'}:${name}`);
    return null;
  }
  if (node.kind === 'hypervisor') {
    draft.error(nodePath, `${nodeName} is a hypervisor, which has no interfaces`, { remedy: 'link one of its vSwitches instead' });
    return null;
  }
  const { mac, ipv4 } = typeof raw === 'string' ? {} : (raw ?? {});
  const end: DraftEnd = { endpoint, node: nodeName, name, path, mac, ipv4: listOf(ipv4), mtu: link?.mtu };
  if (isReserved(link) && node.kind === 'nic') {
    draft.reservedDevices.push(end);
    return end;
  }
  const before = draft.ends.get(endpoint);
  if (before !== undefined) {
    const inUse = node.kind === 'nic' && name !== WIRE;
    const message = `${endpoint} is already linked, in line ${draft.valuePlace(before.path).line}`;
    draft.error(path, inUse ? `in-use: ${message}` : message, inUse ? { rule: 'PCI-01' } : {});
    return null;
  }
  draft.ends.set(endpoint, end);
  return end;
}

/** Which nodes a misshapen end is about: those whose names it holds, else any. */
function guessMeant(draft: Draft, linkPath: Path, endPath: Path): string[] {
  const words = JSON.stringify(draft.written(endPath) ?? draft.written(linkPath) ?? '').split(/[^A-Za-z0-9_.]+/);
  const nodes = words.filter((word) => draft.nodes.has(word));
  return nodes.length > 0 ? nodes.map((node) => `${node}:*`) : ['*:*'];
}

function partsOf(raw: RawEndpoint): { node: string; name: string } | null {
  if (typeof raw !== 'string') {
    return raw.node === undefined || raw.interface === undefined ? null : { node: raw.node, name: raw.interface };
  }
  const [node = '', name = ''] = raw.split(':');
  return { node, name };
}

/** One or several addresses, without the holes of those that were misshapen. */
export function listOf(raw: string | readonly (string | undefined)[] | undefined): string[] | undefined {
  if (raw === undefined) return undefined;
  return typeof raw === 'string' ? [raw] : raw.filter((item) => item !== undefined);
}
