/** What operators do to links, to ports of switches and to their policy. */
import { tableSizes } from '../../../dataplane/sizing.ts';
import type { Position } from '../../../model/events/events.ts';
import { linkEnds } from '../../../model/lab/attachments.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { plugIn, pullOut } from './plug-in.ts';
import { bind, impair, secure, setPortState } from './switch-port.ts';

export const PORT_VERBS: Verbs<'link' | 'set' | 'impair' | 'inspect-arp' | 'bind' | 'secure' | 'port'> = {
  link: {
    refusals: linkRefusals,
    perform: (turn, { endpoint, up }, cause) => (up ? plugIn : pullOut)(turn, endpoint, cause),
  },
  set: {
    refusals: policyRefusals,
    perform: (turn, { node, interface: name, setting, accept }, cause) => {
      turn.say('PolicyChanged', cause, { node, interface: name ?? '', setting, accept });
    },
  },
  impair: {
    refusals: ({ endpoint }, index) => (linkEnds(index, endpoint) === null ? [`no link at ${endpoint}`] : []),
    perform: (turn, { endpoint, change }, cause) => impair(turn, endpoint, change, cause),
  },
  'inspect-arp': {
    refusals: ({ node }, index) => switchRefusals(index, node),
    perform: inspectArp,
  },
  bind: {
    refusals: bindingRefusals,
    perform: (turn, { node, ip, mac }, cause) => bind(turn, node, ip, mac, cause),
  },
  secure: {
    refusals: ({ endpoint }, index) => portRefusals(index, endpoint) ?? switchRefusals(index, splitEndpoint(endpoint).node),
    perform: (turn, { endpoint, change }, cause) => secure(turn, endpoint, change, cause),
  },
  port: {
    refusals: ({ endpoint }, index) => portRefusals(index, endpoint) ?? [],
    perform: (turn, { endpoint, state }, cause) => setPortState(turn, endpoint, state, 'operator', cause),
  },
};

/** A cable without a NIC at its end stays down (rule IOM-02). */
function linkRefusals({ endpoint, up }: Of<'link'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const ends = linkEnds(index, endpoint);
  if (ends === null) return [`no link at ${endpoint}`];
  return ends.filter((end) => up && state.drivers[end]?.isPlugged === false).map((end) => `${end} is unplugged`);
}

function switchRefusals(index: LabIndex, name: string): string[] {
  const kind = nodeNamed(index, name)?.kind;
  return kind === 'switch' || kind === 'bridge' ? [] : [`${name} is not a physical switch of this lab`];
}

/** A switch holds as many bindings as its table has room for (rule DAI-01). */
function bindingRefusals({ node: name, ip, mac }: Of<'bind'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const node = nodeNamed(index, name);
  if (node?.kind !== 'switch' && node?.kind !== 'bridge') return switchRefusals(index, name);
  const bindings = state.inspections[name]?.bindings ?? {};
  const most = tableSizes(index, node).neighbourSlots / 2;
  const isOneMore = mac !== null && !Object.hasOwn(bindings, ip);
  return isOneMore && Object.keys(bindings).length >= most ? [`${name} holds ${most} bindings, as many as it can`] : [];
}

/** Null when the endpoint is a port of any switch. */
function portRefusals(index: LabIndex, endpoint: Endpoint): string[] | null {
  const mode = interfaceAt(index, endpoint)?.mode;
  if (mode === undefined) return [`no interface ${endpoint}`];
  return mode === 'port' || mode === 'uplink' ? null : [`${endpoint} is not a port of a switch`];
}

function policyRefusals(command: Of<'set'>, index: LabIndex): string[] {
  if (nodeNamed(index, command.node)?.kind !== 'vswitch') return [`${command.node} is not a vSwitch of this lab`];
  if (command.interface === null) return [];
  const port = interfaceAt(index, `${command.node}:${command.interface}`);
  if (port === undefined) return [`${command.node} has no port ${command.interface}`];
  return port.mode === 'uplink' ? [`${command.node}:${command.interface} is an uplink: policy applies to guests' ports`] : [];
}

function inspectArp(turn: Turn, { node, enabled }: Of<'inspect-arp'>, cause: Position): void {
  if ((turn.state.inspections[node]?.isEnabled ?? false) === enabled) return;
  turn.say('ArpInspectionChanged', cause, { node, enabled });
}
