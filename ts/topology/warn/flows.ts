/** Warnings about flows that cannot arrive, and gateways that are not there. */
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { LabLink } from '../../model/lab/links.ts';
import { prefixContains } from '../../values/ipv4-address.ts';
import { formatSeconds } from '../../values/nanos.ts';
import type { Problem } from '../draft/draft.ts';
import { ETHERNET_HEADER_BYTES } from '../draft/limits.ts';
import { atProperty, type LabView } from './lab-view.ts';

/** Check sequence, preamble and gap of a frame on a line, as the data plane counts them (asm/frame/line.ts). */
const LINE_OVERHEAD_BYTES = 24;
const PS_PER_SECOND = 1e12;

export function flowStartsAfterTheEnd(view: LabView): Problem[] {
  const { durationNs } = view.file.script;
  return view.lab.flows
    .filter(({ startNs }) => startNs >= durationNs)
    .map(({ name, startNs }) => ({
      place: view.draft.valuePlace(['flows', name, 'start']),
      message: `flow ${name} starts at ${formatSeconds(startNs)} s, but the run ends at ${formatSeconds(durationNs)} s: it sends nothing`,
      rule: 'COST-01',
      remedy: 'give the flow an earlier start or the file a longer duration',
    }));
}

/** A next hop that no interface of its segment has: its frames wait for an answer that never comes. */
export function nobodyIsTheNextHop(view: LabView): Problem[] {
  return view.lab.nodes.flatMap((node) => {
    if (!('routes' in node)) return [];
    const own = view.lab.interfaces.filter((iface) => iface.node === node.name);
    return node.routes.flatMap(({ via }) => {
      const out = own.find(({ ipv4 }) => ipv4.some((network) => prefixContains(network, via)));
      const segment = out === undefined ? undefined : view.segments.get(endpointOf(out));
      const isThere = view.lab.interfaces.some(
        (iface) => iface.ipv4.some(({ address }) => address === via) && view.segments.get(endpointOf(iface)) === segment,
      );
      if (out === undefined || isThere) return [];
      const isGateway = view.draft.nodes.get(node.name)?.raw.gateway === via;
      return [
        {
          place: atProperty(view, node.name, isGateway ? 'gateway' : 'routes'),
          message: `${node.name} sends to ${via} by ${endpointOf(out)}, but nobody on that segment has this address: its frames are dropped`,
          rule: 'ARP-01',
          remedy: `give ${via} to a firewall or router on the segment of ${endpointOf(out)}, or name another next hop`,
        },
      ];
    });
  });
}

/** What a flow would take of the line it leaves by. */
export function flowAboveItsLine(view: LabView): Problem[] {
  return view.lab.flows.flatMap((flow) => {
    const link = linkOf(view, flow.from);
    const rateBps = link === undefined ? 0 : lineRate(link, flow.from);
    const needsBps = Math.round((PS_PER_SECOND / flow.intervalPs) * (flow.frameBytes + LINE_OVERHEAD_BYTES) * 8);
    if (rateBps === 0 || needsBps <= rateBps) return [];
    const most = Math.floor(rateBps / ((flow.frameBytes + LINE_OVERHEAD_BYTES) * 8));
    return [
      {
        place: view.draft.keyPlace(['flows', flow.name]),
        message: `flow ${flow.name} needs ${mbit(needsBps)} of a line of ${mbit(rateBps)} at ${flow.from}: the rest is dropped as queue-full`,
        rule: 'COST-01',
        remedy: `send at most ${most} frames per second, or raise the rate of the link`,
      },
    ];
  });
}

function mbit(bps: number): string {
  return `${Number((bps / 1e6).toPrecision(4))} Mbit/s`;
}

function linkOf(view: LabView, end: Endpoint): LabLink | undefined {
  return view.lab.links.find(({ a, b, reserved }) => reserved === undefined && (a === end || b === end));
}

function lineRate(link: LabLink, from: Endpoint): number {
  const impaired = (link.a === from ? link.impairA : link.impairB)?.rateBps ?? 0;
  return impaired === 0 ? link.rateBps : impaired;
}

/** Rule JUM-01: an interface of the segment the flow begins in, or the one it ends at, that its frames do not fit. */
export function flowAboveAnMtu(view: LabView): Problem[] {
  return view.lab.flows.flatMap((flow) => {
    const narrow = narrowOf(view, flow);
    if (narrow === undefined) return [];
    return [
      {
        place: view.draft.keyPlace(['flows', flow.name, 'size']),
        message: `flow ${flow.name} sends packets of ${flow.frameBytes - ETHERNET_HEADER_BYTES} bytes, but ${narrow.end} has MTU ${narrow.mtu}: every frame is dropped`,
        rule: 'JUM-01',
        remedy: `send frames of at most ${narrow.mtu + ETHERNET_HEADER_BYTES} bytes, or raise the MTU of ${narrow.end}`,
      },
    ];
  });
}

/** The port that the sender is plugged into, or the destination and its port: every frame of the flow passes these. */
function narrowOf(view: LabView, flow: Flow): { readonly end: Endpoint; readonly mtu: number } | undefined {
  const last = view.lab.interfaces.filter(({ ipv4 }) => ipv4.some(({ address }) => address === flow.to)).map(endpointOf);
  const ends = [flow.from, ...last].flatMap((end) => [end, view.draft.peers.get(end) ?? '']);
  return view.lab.interfaces
    .filter((iface) => ends.includes(endpointOf(iface)) && flow.frameBytes > iface.mtu + ETHERNET_HEADER_BYTES)
    .map((iface) => ({ end: endpointOf(iface), mtu: iface.mtu }))[0];
}
