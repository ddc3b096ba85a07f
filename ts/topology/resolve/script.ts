/** Flows and steps: what happens in the lab, and when. */
import { COMMANDS, type Command, parseCommand, parseLiving } from '../../model/commands/command.ts';
import { wordsOf } from '../../model/commands/read.ts';
import { type Flow, type FlowProtocol, intervalOf } from '../../model/lab/flow.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { networksOf } from '../../model/lab/ipv6.ts';
import { takesAddress } from '../../model/lab/leases.ts';
import type { LabNode } from '../../model/lab/nodes.ts';
import type { Step } from '../../model/lab/script.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { type Ipv4, parseIpv4, prefixContains } from '../../values/ipv4-address.ts';
import { type Ipv6, isIpv6, parseIpv6, prefixContains6 } from '../../values/ipv6-address.ts';
import { formatSeconds, type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, durationOf } from '../draft/draft.ts';
import { ETHERNET_HEADER_BYTES, TCP_FRAME_BYTES_MIN } from '../draft/limits.ts';
import type { RawFlow, RawStep } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';
import { hasBrokenAddresses } from './addresses.ts';
import { byCodeUnits } from './inherit.ts';

const FLOW_RATE = 1000;
const FLOW_FRAME_BYTES = 128;
/** Headers of Ethernet, IPv6 and UDP, and what numbers a frame. */
const IPV6_FRAME_BYTES_MIN = 78;

/** Protocols of the flows of a file, by name. */
export function protocolsOf(flows: Readonly<Record<string, RawFlow>>): Map<string, FlowProtocol> {
  return new Map(Object.entries(flows).map(([name, { protocol = 'udp' }]) => [name, protocol]));
}

export function resolveFlows(draft: Draft, flows: Readonly<Record<string, RawFlow>>): Flow[] {
  return Object.keys(flows)
    .sort(byCodeUnits)
    .flatMap((name) => resolveFlow(draft, name, flows[name] ?? {}));
}

function resolveFlow(draft: Draft, name: string, raw: RawFlow): Flow[] {
  const path: Path = ['flows', name];
  const startNs = durationOf(raw.start, nanos(0));
  const stopNs = raw.stop === undefined ? null : durationOf(raw.stop, nanos(0));
  if (stopNs !== null && stopNs <= startNs) draft.error([...path, 'stop'], `flow ${name} stops before it starts`);
  const frameBytes = raw.size ?? FLOW_FRAME_BYTES;
  if (raw.protocol === 'tcp' && frameBytes < TCP_FRAME_BYTES_MIN)
    draft.error([...path, 'size'], `frames of ${frameBytes} bytes hold no data of a TCP flow; at least ${TCP_FRAME_BYTES_MIN}`);
  const to = parseIpv4(raw.to ?? '') ?? parseIpv6(raw.to ?? '');
  if (raw.from === undefined) return [];
  const from = draft.interfaceNamed(raw.from, [...path, 'from']);
  if (from === null) return [];
  const node = draft.resolved.get(from.node);
  if (node?.kind !== 'host') {
    draft.error([...path, 'from'], `${from.node} is a ${node?.kind}; flows start at hosts`);
    return [];
  }
  if (raw.protocol === 'tcp' && takesAddress(from)) {
    const remedy = `give ${raw.from} an address, or send UDP`;
    draft.error(
      [...path, 'from'],
      `${raw.from} ${from.dhcp === undefined ? 'has its address in a PPPoE session' : 'leases its address'}: a TCP flow needs one that stays`,
      {
        remedy,
      },
    );
  }
  if (frameBytes > from.mtu + ETHERNET_HEADER_BYTES) {
    const limit = from.mtu + ETHERNET_HEADER_BYTES;
    draft.error([...path, 'size'], `frames of ${frameBytes} bytes do not fit ${raw.from}; its MTU allows ${limit}`, {
      rule: 'JUM-01',
    });
  }
  if (to !== null && isIpv6(to)) checkIpv6Flow(draft, raw, frameBytes, path);
  if (to !== null && !isRoutable(draft, node, to)) {
    draft.error([...path, 'to'], `${node.name} has no route to ${to}`, { remedy: `give ${node.name} a gateway or a route` });
  }
  if (to === null) return [];
  return [
    {
      name,
      ...(raw.protocol === 'tcp' && { protocol: raw.protocol }),
      from: raw.from,
      to,
      intervalPs: intervalOf(raw.rate ?? FLOW_RATE),
      frameBytes,
      startNs,
      stopNs,
    },
  ];
}

/** A frame over IPv6 holds longer headers; TCP flows are IPv4's. */
function checkIpv6Flow(draft: Draft, { protocol }: RawFlow, frameBytes: number, path: Path): void {
  if (protocol === 'tcp')
    draft.error([...path, 'protocol'], 'TCP flows over IPv6 are not built yet', { remedy: 'leave protocol out' });
  if (frameBytes < IPV6_FRAME_BYTES_MIN)
    draft.error(
      [...path, 'size'],
      `frames of ${frameBytes} bytes do not hold a number over IPv6; at least ${IPV6_FRAME_BYTES_MIN}`,
    );
}

function isRoutable(draft: Draft, node: LabNode, to: Ipv4 | Ipv6): boolean {
  const interfaces = [...draft.interfaces.values()].filter((iface) => iface.node === node.name);
  const source = draft.nodes.get(node.name);
  if (source === undefined || hasBrokenAddresses(draft, source, interfaces) || hasBrokenRoutes(draft, node.name)) return true;
  if (isIpv6(to)) return isRoutable6(node, interfaces, to);
  const routes = 'routes' in node ? node.routes : [];
  return (
    interfaces.some(takesAddress) ||
    interfaces.some(({ ipv4 }) => ipv4.some((network) => prefixContains(network, to))) ||
    routes.some(({ network }) => prefixContains(network, to))
  );
}

/** A host that hears router advertisements may learn the way. */
function isRoutable6(node: LabNode, interfaces: readonly LabInterface[], to: Ipv6): boolean {
  const routes = 'routes6' in node ? (node.routes6 ?? []) : [];
  const networks = [
    ...interfaces.flatMap(({ ipv6 }) => (ipv6 === undefined ? [] : networksOf(ipv6))),
    ...routes.map(({ network }) => network),
  ];
  return (
    interfaces.some(({ ipv6 }) => ipv6 !== undefined) &&
    (networks.some((one) => prefixContains6(one, to)) || hearsRouters(interfaces))
  );
}

function hearsRouters(interfaces: readonly LabInterface[]): boolean {
  return interfaces.some(({ ipv6 }) => ipv6?.slaac !== undefined);
}

function hasBrokenRoutes(draft: Draft, name: string): boolean {
  const node = draft.nodes.get(name);
  if (node === undefined) return true;
  if (draft.isNodeBroken(node, 'gateway') || draft.isNodeBroken(node, 'routes')) return true;
  return (node.raw.routes ?? []).some(
    (route, index) => route?.to === undefined || route.via === undefined || draft.isNodeBroken(node, 'routes', index),
  );
}

/** Steps in order of time; those of one time in the order written. */
export function resolveSteps(
  draft: Draft,
  steps: readonly (RawStep | undefined)[],
  flows: readonly string[],
  durationNs: Nanos,
): Step[] {
  const resolved = steps.flatMap((raw, index) => {
    const path: Path = ['steps', index];
    if (raw?.run !== undefined) checkCommand(draft, raw.run, flows, [...path, 'run']);
    if (raw?.at === undefined || raw.run === undefined) return [];
    const atNs = durationOf(raw.at, nanos(0));
    if (atNs >= durationNs && !draft.isBroken(['duration'])) {
      draft.error([...path, 'at'], `this step never happens: the run ends at ${formatSeconds(durationNs)} s`, {
        remedy: 'give the step an earlier time or the file a longer duration',
      });
    }
    return [{ atNs, command: wordsOf(raw.run).join(' ') }];
  });
  return resolved.sort((a, b) => a.atNs - b.atNs);
}

function checkCommand(draft: Draft, text: string, flows: readonly string[], path: Path): void {
  const parsed = parseCommand(text);
  if ('error' in parsed) {
    // "step 5s" is right elsewhere: there is no use in a suggestion.
    const isLiving = 'command' in parseLiving(text);
    const message = `"${wordsOf(text).join(' ')}" is for a living lab; in a lab file, "at" says when a step happens`;
    draft.error(path, isLiving ? message : parsed.error);
    return;
  }
  const { command } = parsed;
  if ('flow' in command) {
    checkFlow(draft, command.flow, flows, path);
    return;
  }
  const subject = subjectOf(draft, command, path);
  if (subject === null) return;
  const wanted = COMMANDS.find(({ verb }) => verb === command.verb)?.kinds;
  if (wanted !== undefined && !wanted.includes(subject.kind)) {
    draft.error(path, `"${wordsOf(text)[0]}" is for a ${wanted.join(' or ')}; ${subject.name} is a ${subject.kind}`);
  }
}

function checkFlow(draft: Draft, flow: string, flows: readonly string[], path: Path): void {
  const isBroken = draft.isBroken(['flows']) || draft.isBroken(['flows', flow]);
  if (!flows.includes(flow) && !isBroken) draft.error(path, `there is no flow "${flow}"${suggestion(flow, flows)}`);
}

/** Commands about a node. */
type NodeCommand = Exclude<Command, { readonly flow: string }>;

/** The node a command is about. Unknown nodes and interfaces are errors. */
function subjectOf(draft: Draft, command: NodeCommand, path: Path): LabNode | null {
  let iface: LabInterface | null = null;
  if (command.verb === 'assign' || command.verb === 'release') {
    const device = draft.interfaceNamed(command.device, path);
    if (command.verb === 'assign' && draft.interfaceNamed(command.guest, path) === null) return null;
    return device === null ? null : (draft.resolved.get(device.node) ?? null);
  }
  if ('endpoint' in command) iface = draft.interfaceNamed(command.endpoint, path);
  else if (command.verb === 'set' && command.interface !== null)
    iface = draft.interfaceNamed(`${command.node}:${command.interface}`, path);
  else return draft.resolved.get(draft.nodeNamed(command.node, path)?.name ?? '') ?? null;
  return iface === null ? null : (draft.resolved.get(iface.node) ?? null);
}
