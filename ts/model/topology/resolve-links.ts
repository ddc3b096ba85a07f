/** Cables: which interface is joined to which, and at what rate. */
import type { LabLink } from '../lab.ts';
import { nanos } from '../nanos.ts';
import { nearest, suggestion } from './did-you-mean.ts';
import { type Draft, type DraftEnd, durationOf } from './draft.ts';
import { parseByteSize, parseRate } from '../quantities.ts';
import type { RawEndpoint, RawLink } from './raw.ts';
import type { Path } from './source-document.ts';

const RATE_BPS = 10_000_000_000;
const LATENCY = nanos(1000);
const QUEUE_BYTES = 256 * 1024;

/** The links whose two ends are sound. Fills `draft.ends` and `draft.peers`. */
export function resolveLinks(draft: Draft, links: readonly (RawLink | undefined)[]): LabLink[] {
  return links.flatMap((raw, index) => {
    const path: Path = ['topology', 'links', index];
    const [a, b] = [0, 1].map((side) => resolveEnd(draft, raw, path, side));
    if (raw === undefined || !a || !b) return [];
    draft.peers.set(a.endpoint, b.endpoint);
    draft.peers.set(b.endpoint, a.endpoint);
    return [resolveLink(raw, a, b)];
  });
}

function resolveLink(raw: RawLink, a: DraftEnd, b: DraftEnd): LabLink {
  return {
    a: a.endpoint,
    b: b.endpoint,
    rateBps: raw.rate === undefined ? RATE_BPS : (parseRate(String(raw.rate)) ?? RATE_BPS),
    latencyNs: durationOf(raw.latency, LATENCY),
    queueBytes: raw.queue === undefined ? QUEUE_BYTES : (parseByteSize(String(raw.queue)) ?? QUEUE_BYTES),
  };
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
  const before = draft.ends.get(endpoint);
  if (before !== undefined) {
    draft.error(path, `${endpoint} is linked already, in line ${draft.valuePlace(before.path).line}`);
    return null;
  }
  const { mac, ipv4 } = typeof raw === 'string' ? {} : (raw ?? {});
  const end: DraftEnd = { endpoint, node: nodeName, name, path, mac, ipv4: listOf(ipv4), mtu: link?.mtu };
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
