/** Warnings about flows that cannot arrive, and gateways that are not there. */
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { bitsPerSecond, type Flow, framesPerSecondOf } from '../../model/lab/flow.ts';
import type { LabLink } from '../../model/lab/links.ts';
import { prefixContains } from '../../values/ipv4-address.ts';
import { formatSeconds } from '../../values/nanos.ts';
import type { Problem } from '../draft/draft.ts';
import { ETHERNET_HEADER_BYTES } from '../draft/limits.ts';
import { atProperty, type LabView } from './lab-view.ts';
import { commandsOf } from './steps.ts';
import { waysOf } from './way.ts';

export function flowStartsAfterTheEnd(view: LabView): Problem[] {
  const { durationNs } = view.file.script;
  const started = new Set(commandsOf(view).flatMap((command) => (command.verb === 'flow-start' ? [command.flow] : [])));
  return view.lab.flows
    .filter(({ name, startNs }) => startNs >= durationNs && !started.has(name))
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

/** A TCP flow to a node that ends no connections: its SYN is answered by a RST. */
export function connectionIsRefused(view: LabView): Problem[] {
  const kinds = new Map(view.lab.nodes.map(({ name, kind }) => [name, kind]));
  return view.lab.flows.flatMap(({ name, protocol, to }) => {
    const end = protocol === 'tcp' ? view.lab.interfaces.find(({ ipv4 }) => ipv4.some(({ address }) => address === to)) : undefined;
    const kind = kinds.get(end?.node ?? '');
    if (end === undefined || end.managementProfile === true || (kind !== 'firewall' && kind !== 'router')) return [];
    const endpoint = endpointOf(end);
    const why = kind === 'router' ? 'a router, which ends no connections' : 'which has no management profile';
    const cure = kind === 'router' ? 'connect to a host' : `set management-profile: on at ${endpoint}`;
    return [
      {
        place: view.draft.valuePlace(['flows', name, 'to']),
        message: `flow ${name} connects to ${endpoint}, ${why}: it is refused with a RST`,
        rule: 'JUM-01',
        remedy: `${cure}, or send UDP`,
      },
    ];
  });
}

/** What flows would take of the lines on their way: one alone, or several at the same time. */
export function flowAboveItsLine(view: LabView): Problem[] {
  const ways = waysOf(view);
  const links = new Map(
    view.lab.links.flatMap((link) =>
      link.reserved || link.standby ? [] : [link.a, link.b].map((end): [Endpoint, LabLink] => [end, link]),
    ),
  );
  const lines = new Map<Endpoint, Flow[]>();
  for (const flow of view.lab.flows) {
    // The first line is loaded even where no way leads on.
    const outs = new Set([flow.from, ...(ways.get(flow.name) ?? []).filter((_, index) => index % 2 === 0)]);
    for (const out of outs) {
      const sharing = lines.get(out);
      if (sharing === undefined) lines.set(out, [flow]);
      else sharing.push(flow);
    }
  }
  const told = new Set<string>();
  return [...lines].flatMap(([out, flows]) => {
    const link = links.get(out);
    const rateBps = link === undefined ? 0 : lineRate(link, out);
    if (rateBps === 0) return [];
    const alone = flows.filter((flow) => bitsPerSecond(flow) > rateBps);
    const together = alone.length === 0 ? atOnce(flows, rateBps) : alone.map((flow) => [flow]);
    return together.flatMap((some) => {
      const key = some.map(({ name }) => name).join(' ');
      if (told.has(key)) return [];
      told.add(key);
      return [lineProblem(view, some, out, rateBps)];
    });
  });
}

function lineProblem(view: LabView, flows: readonly Flow[], out: Endpoint, rateBps: number): Problem {
  const [flow] = flows as readonly [Flow, ...Flow[]];
  const needs = mbit(flows.reduce((sum, one) => sum + bitsPerSecond(one), 0));
  const most = framesPerSecondOf(rateBps, flow.frameBytes);
  const isOne = flows.length === 1;
  const who = isOne ? `flow ${flow.name} needs` : `flows ${flows.map(({ name }) => name).join(', ')} together need`;
  return {
    place: view.draft.keyPlace(['flows', flow.name]),
    message: `${who} ${needs} of a line of ${mbit(rateBps)} at ${out}: the rest is dropped as queue-full`,
    rule: 'COST-01',
    remedy: isOne
      ? `send at most ${most} frames per second, or raise the rate of the link`
      : 'send fewer frames per second, or raise the rate of the link',
  };
}

/** The flows under way when a line is first asked for more than its rate; none where it never is. */
function atOnce(flows: readonly Flow[], rateBps: number): Flow[][] {
  if (flows.reduce((sum, flow) => sum + bitsPerSecond(flow), 0) <= rateBps) return [];
  for (const { startNs } of flows.toSorted((a, b) => a.startNs - b.startNs)) {
    const some = flows.filter((flow) => flow.startNs <= startNs && (flow.stopNs === null || flow.stopNs > startNs));
    if (some.reduce((sum, flow) => sum + bitsPerSecond(flow), 0) > rateBps) return [some];
  }
  return [];
}

function mbit(bps: number): string {
  return `${Number((bps / 1e6).toPrecision(4))} Mbit/s`;
}

function lineRate(link: LabLink, from: Endpoint): number {
  const impaired = (link.a === from ? link.impairA : link.impairB)?.rateBps ?? 0;
  return impaired === 0 ? link.rateBps : impaired;
}

/** Rule JUM-01: an interface on the way of a flow that its frames do not fit. */
export function flowAboveAnMtu(view: LabView): Problem[] {
  const smallest = Math.min(...view.lab.interfaces.map(({ mtu }) => mtu)) + ETHERNET_HEADER_BYTES;
  if (view.lab.flows.every(({ frameBytes }) => frameBytes <= smallest)) return [];
  const ways = waysOf(view);
  const mtus = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface.mtu]));
  return view.lab.flows.flatMap((flow) => {
    const way = [flow.from, view.draft.peers.get(flow.from) ?? '', ...(ways.get(flow.name) ?? [])];
    const end = way.find((one) => flow.frameBytes > (mtus.get(one) ?? Number.POSITIVE_INFINITY) + ETHERNET_HEADER_BYTES);
    const mtu = mtus.get(end ?? '');
    if (end === undefined || mtu === undefined) return [];
    return [
      {
        place: view.draft.keyPlace(['flows', flow.name, 'size']),
        message: `flow ${flow.name} sends packets of ${flow.frameBytes - ETHERNET_HEADER_BYTES} bytes, but ${end} has MTU ${mtu}: every frame is dropped`,
        rule: 'JUM-01',
        remedy: `send frames of at most ${mtu + ETHERNET_HEADER_BYTES} bytes, or raise the MTU of ${end}`,
      },
    ];
  });
}
