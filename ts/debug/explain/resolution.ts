/** The last time that a node asked who has an address: its ARP request, and the answer of the address's owner if there was one. */
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import type { Until } from '../../engine/replay.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { parseArpFrame } from '../../wire/arp.ts';
import type { Course } from '../course.ts';
import { Moments } from '../moments.ts';
import type { ExplainOptions } from './explain-flow.ts';
import { FrameFinder } from './frame-finder.ts';

export interface Resolution {
  readonly finder: FrameFinder;
  /** The request, and the answer behind it; none where it never asked. */
  readonly frames: readonly TraceRecord[];
}

/** @param until null for the end of the lab. An IPv6 address has none: neighbour discovery is not ARP. */
export function resolutionOf(course: Course, node: string, ip: string, until: Until | null, options: ExplainOptions): Resolution {
  const finder = new FrameFinder(options.newEngine, course, options.moments ?? Moments.none());
  const rerun = finder.rerunTo(0);
  const last: { request: TraceRecord | null; answer: TraceRecord | null } = { request: null, answer: null };
  rerun.engine.onTrace = (record) => {
    const arp = record.kind === 'sent' ? parseArpFrame(record.bytes)?.arp : undefined;
    const asks = course.lab.interfaces[record.port]?.node === node;
    if (arp?.operation === 'request' && asks && arp.targetIp === ip) {
      last.request = record;
      last.answer = null;
    } else if (arp?.operation === 'reply' && !asks && arp.senderIp === ip) last.answer = record;
  };
  rerun.engine.dataplane.watch(portsOf(course.lab, node, ip));
  if (until === null) rerun.play();
  else rerun.playUntil(until);
  return { finder, frames: [last.request, last.answer].filter((one) => one !== null) };
}

/** Ports of the node that asks, and of those that have the address. */
function portsOf({ interfaces }: Lab, node: string, ip: string): number[] {
  return interfaces.flatMap((iface, port) =>
    iface.node === node || iface.ipv4.some(({ address }) => address === ip) ? [port] : [],
  );
}
