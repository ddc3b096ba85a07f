/** Interfaces, folded from events: addresses, carrier, what a port lets pass, what its line does to frames. */
import type { Nanos } from '../../values/nanos.ts';
import type { LabEvent, Position } from '../events/events.ts';
import { startsWithoutCarrier } from '../lab/aggregates.ts';
import { type Endpoint, endpointOf } from '../lab/endpoint.ts';
import type { PortSecurity } from '../lab/interfaces.ts';
import type { Lab } from '../lab/lab.ts';
import { type Impairment, UNIMPAIRED } from '../lab/links.ts';
import type { VSwitchPolicy } from '../lab/nodes.ts';
import { lineOwnerOf } from '../lab/subinterface.ts';
import { type Evolvers, known } from './evolvers.ts';

export const MAC_SOURCES = ['hypervisor', 'self', 'ha-virtual'] as const;
export const PORT_STATES = ['forwarding', 'blocked', 'disabled'] as const;

export interface InterfaceState {
  /** MAC the host assigned; '' where there is none. */
  initialMac: string;
  /** MAC the guest's driver set; starts equal. */
  effectiveMac: string;
  /** MAC the node puts into its layer-3 frames. */
  usedMac: string;
  /** '' on all but firewalls. */
  macSource: (typeof MAC_SOURCES)[number] | '';
  isUp: boolean;
  requestsPromiscuous: boolean;
  /** vSwitch port: what it overrides of the switch's policy. */
  policy: Partial<VSwitchPolicy>;
  /** Impairment of the direction that leaves it. */
  line: Impairment;
  /** Port of a physical switch: what it allows; null where nothing is limited. */
  security: PortSecurity | null;
  portState: (typeof PORT_STATES)[number];
  /** Positions of the events that last changed its carrier, the state of the port, and the MAC it uses. */
  carrierSince: Position;
  portSince: Position;
  macSince: Position;
  /** Position of the event that last changed this interface. */
  since: Position;
}

export interface InterfaceStates {
  interfaces: Record<Endpoint, InterfaceState>;
}

export function defineInterfaces(state: InterfaceStates, lab: Lab): void {
  const promiscuous = new Set(lab.nodes.filter((node) => node.kind === 'nic' && node.pfPromiscuous).map(({ name }) => name));
  const lines = linesOf(lab);
  const down = startsWithoutCarrier(lab);
  for (const iface of lab.interfaces) {
    // What a VF answers to is what the PF gave it, until its driver asks for another.
    const mac = iface.mac ?? iface.vf?.adminMac ?? '';
    state.interfaces[endpointOf(iface)] = {
      initialMac: mac,
      effectiveMac: mac,
      usedMac: mac,
      macSource: '',
      isUp: !down.has(lineOwnerOf(iface)),
      requestsPromiscuous: iface.mode === 'pf' && promiscuous.has(iface.node),
      policy: { ...iface.policy },
      line: lines.get(endpointOf(iface)) ?? UNIMPAIRED,
      security: iface.security ?? null,
      portState: 'forwarding',
      carrierSince: 1,
      portSince: 1,
      macSince: 1,
      since: 1,
    };
  }
}

/** Impairment of each direction as the file gives it, by the interface that sends. */
function linesOf(lab: Lab): Map<Endpoint, Impairment> {
  const lines = new Map<Endpoint, Impairment>();
  for (const link of lab.links) {
    if (link.impairA) lines.set(link.a, link.impairA);
    if (link.impairB) lines.set(link.b, link.impairB);
  }
  return lines;
}

export const INTERFACE_EVOLVERS: Evolvers<InterfaceStates> = {
  InterfaceLinkChanged: (state, data, event) => touch(state, data, event, { isUp: data.up, carrierSince: event.position }),
  InterfaceModeChanged: (state, data, event) => touch(state, data, event, { macSource: known(MAC_SOURCES, data.macSource) ?? '' }),
  PromiscuousChanged: (state, data, event) => touch(state, data, event, { requestsPromiscuous: data.requested }),
  MacAddressChanged: (state, data, event) => {
    if (data.which === 'initial') touch(state, data, event, { initialMac: data.new });
    if (data.which === 'effective') touch(state, data, event, { effectiveMac: data.new });
    if (data.which === 'used') touch(state, data, event, { usedMac: data.new, macSince: event.position });
  },
  LineChanged: (state, data, event) => {
    const { delayNs, jitterNs, lossPpm, corruptionPpm, rateBps } = data;
    const line = { delayNs: delayNs as Nanos, jitterNs: jitterNs as Nanos, lossPpm, corruptionPpm, rateBps };
    touch(state, data, event, { line });
  },
  PortSecurityChanged: (state, data, event) => {
    const { trusted, arpPerSecond, macLimit } = data;
    const onViolation = data.onViolation === 'shutdown' ? 'shutdown' : 'drop';
    touch(state, data, event, { security: { trusted, arpPerSecond, macLimit, onViolation } });
  },
  VfConfigChanged: settle,
  VfReset: settle,
  VfFilterChanged: settle,
  VfReceiveModeChanged: settle,
  VfRxDisabled: settle,
  SpoofCheckSuspended: settle,
  QueuesEnabled: settle,
  VfDisabled: settle,
  PortStateChanged: (state, data, event) => {
    const portState = known(PORT_STATES, data.state);
    if (portState !== null) touch(state, data, event, { portState, portSince: event.position });
  },
};

/** What a function of a NIC lets pass changed. */
function settle(state: InterfaceStates, at: { readonly node: string; readonly interface: string }, event: LabEvent): void {
  touch(state, at, event, {});
}

/** Changes an interface because of an event. */
export function touch(
  state: InterfaceStates,
  at: { readonly node: string; readonly interface: string },
  event: LabEvent,
  change: Partial<InterfaceState>,
): void {
  const iface = state.interfaces[`${at.node}:${at.interface}`];
  if (iface === undefined) return;
  Object.assign(iface, change, { since: event.position });
}
