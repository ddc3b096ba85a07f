/**
 * Recorded state: everything a lab's log says, folded. Each aggregate has a file of its own beside this one; here they become one
 * state, and their evolvers one table.
 *
 * `evolve` is total and never throws: the past has happened. It updates the state in place, because a fold of a million
 * events must not copy it a million times; who needs the old state clones it first. What changes per frame (tables,
 * queues, counters) is not here: that is derived state, and comes from re-execution.
 */
import { asNamed, named } from '../../values/named.ts';
import type { LabEvent, Position } from '../events/events.ts';
import type { Lab } from '../lab/lab.ts';
import { AGGREGATE_EVOLVERS, type AggregateStates, defineAggregates } from './aggregate-state.ts';
import { CLOUD_EVOLVERS, type CloudStates, defineFabrics, defineMovingInterfaces } from './cloud-state.ts';
import { CONFIG_EVOLVERS, type ConfigStates, defineCandidates } from './config-state.ts';
import { DEVICE_EVOLVERS, type DeviceStates, defineDevices } from './device-state.ts';
import { DROP_EVOLVERS, type DropStates } from './drop-state.ts';
import type { Evolvers } from './evolvers.ts';
import { defineFlows, FLOW_EVOLVERS, type FlowStates } from './flow-state.ts';
import { defineHa, HA_EVOLVERS, type HaStates } from './ha-state.ts';
import { defineInterfaces, INTERFACE_EVOLVERS, type InterfaceStates } from './interface-state.ts';
import { defineIpv6, IPV6_EVOLVERS, type Ipv6States, noIpv6 } from './ipv6-state.ts';
import { defineLeases, LEASE_EVOLVERS, type LeaseStates } from './lease-state.ts';
import { defineMacOptions, MAC_OPTION_EVOLVERS, type MacOptionStates } from './mac-option-state.ts';
import { defineMacTables, MAC_TABLE_EVOLVERS, type MacTableStates } from './mac-table-state.ts';
import { defineMigrations, MIGRATION_EVOLVERS, type MigrationStates } from './migration-state.ts';
import { MOVE_EVOLVERS, type MoveStates } from './move-state.ts';
import { defineNeighbours, NEIGHBOUR_EVOLVERS, type NeighbourStates } from './neighbour-state.ts';
import { defineNodes, NODE_EVOLVERS, type NodeStates } from './node-state.ts';
import { definePacketIo, PACKET_IO_EVOLVERS, type PacketIoStates } from './packet-io-state.ts';
import { PPPOE_EVOLVERS, type PppoeStates } from './pppoe-state.ts';
import { defineSwitches, SWITCH_EVOLVERS, type SwitchStates } from './switch-state.ts';
import { SYSTEM_LOG_EVOLVERS, type SystemLogStates } from './system-log-state.ts';
import { defineFunctions, NIC_EVOLVERS, type NicStates } from './vf-state.ts';

/** The lab as a whole. */
interface RunState {
  /** Position and time of the last event folded; 0 before the first. */
  position: Position;
  atNs: number;
  /**
   * Position of the last event other than TimeAdvanced. A lab that follows the clock records elapsed time with its next event, and a
   * re-execution before it: what is decided must not depend on whether that is on record yet.
   */
  changedAt: Position;
  lab: Lab | null;
  /** Virtual time per wall time, in thousandths; 0 where time moves by steps alone. */
  pacePermille: number;
  /** Virtual time up to which time was allowed to pass. */
  horizonNs: number;
  /** Why nothing comes after this; '' while the lab lives. */
  ended: string;
}

export interface LabState
  extends RunState,
    NodeStates,
    InterfaceStates,
    AggregateStates,
    SwitchStates,
    MacOptionStates,
    ConfigStates,
    NeighbourStates,
    Ipv6States,
    NicStates,
    PacketIoStates,
    DeviceStates,
    MacTableStates,
    MigrationStates,
    CloudStates,
    HaStates,
    FlowStates,
    LeaseStates,
    PppoeStates,
    DropStates,
    MoveStates,
    SystemLogStates {}

export function initialState(): LabState {
  return {
    position: 0,
    atNs: 0,
    changedAt: 0,
    lab: null,
    pacePermille: 0,
    horizonNs: 0,
    ended: '',
    nodes: named(),
    interfaces: named(),
    aggregateMembers: named(),
    policies: named(),
    uplinks: named(),
    teamUplinks: named(),
    inspections: named(),
    options: named(),
    defined: null,
    candidates: named(),
    neighbours: named(),
    ...noIpv6(),
    nics: named(),
    functions: named(),
    packetIo: named(),
    drivers: named(),
    macTables: named(),
    devices: named(),
    vhost: named(),
    migrations: named(),
    cloudCalls: named(),
    cloudInterfaces: named(),
    ha: named(),
    flows: named(),
    leases: named(),
    grants: named(),
    pppoe: named(),
    drops: named(),
    moves: named(),
    systemLog: [],
  };
}

/** The state that a copy or JSON of one holds: what is keyed by names has no prototype again. The given object is used up. */
export function revived(state: LabState): LabState {
  for (const bindings of Object.values(state.inspections)) bindings.bindings = asNamed(bindings.bindings);
  const candidates = named(Object.entries(state.candidates).map(([node, own]) => [node, asNamed(own)] as const));
  const neighbours = named(Object.entries(state.neighbours).map(([node, cache]) => [node, asNamed(cache)] as const));
  const grants = named(Object.entries(state.grants).map(([node, own]) => [node, asNamed(own)] as const));
  const pppoe = named(Object.entries(state.pppoe).map(([endpoint, own]) => [endpoint, asNamed(own)] as const));
  return {
    ...state,
    nodes: asNamed(state.nodes),
    interfaces: asNamed(state.interfaces),
    aggregateMembers: asNamed(state.aggregateMembers),
    policies: asNamed(state.policies),
    uplinks: asNamed(state.uplinks),
    teamUplinks: asNamed(state.teamUplinks),
    inspections: asNamed(state.inspections),
    options: asNamed(state.options),
    candidates,
    neighbours,
    addresses6: asNamed(state.addresses6),
    routers6: asNamed(state.routers6),
    nics: asNamed(state.nics),
    functions: asNamed(state.functions),
    packetIo: asNamed(state.packetIo),
    drivers: asNamed(state.drivers),
    macTables: asNamed(state.macTables),
    devices: asNamed(state.devices),
    vhost: asNamed(state.vhost),
    migrations: asNamed(state.migrations),
    cloudCalls: asNamed(state.cloudCalls),
    cloudInterfaces: asNamed(state.cloudInterfaces),
    ha: asNamed(state.ha),
    flows: asNamed(state.flows),
    leases: asNamed(state.leases),
    grants,
    pppoe,
    drops: asNamed(state.drops),
    moves: asNamed(state.moves),
  };
}

const RUN_EVOLVERS: Evolvers<LabState> = {
  LabDefined: (state, data) => {
    state.pacePermille = data.pacePermille;
    defineLab(state, data.definition);
  },
  // Time never goes back, whatever a log says.
  TimeAdvanced: (state, data) => {
    state.horizonNs = Math.max(state.horizonNs, data.toNs);
  },
  RecordingStopped: (state, data) => {
    state.ended = data.reason;
  },
  EngineHalted: (state, data) => {
    state.ended = data.reason;
  },
};

/** After these only addresses and routes of the node that they name differ. */
export const READDRESSED: ReadonlySet<string> = new Set(['LeaseAcquired', 'LeaseReleased', 'PppoeOpened', 'PppoeClosed']);

/** After these the lab is indexed anew: a device's cable leads elsewhere (rule PCI-01), a firewall is configured in another way, a guest moved, or a cloud's route changed. */
export const INDEXED_ANEW: ReadonlySet<string> = new Set([
  'DeviceAssigned',
  'DeviceReleased',
  'ConfigCommitted',
  'HaConfigSynced',
  'HaRoutesSynced',
  'GuestMigrated',
  'CloudRouteChanged',
  'ProbeTargetChanged',
]);

type Evolver = (state: LabState, data: unknown, event: LabEvent) => void;

/** All that an event of a type does, in the order of the tables: addresses of interfaces before those of NICs. */
const EVOLVERS = new Map<string, Evolver[]>();
for (const table of [
  RUN_EVOLVERS,
  NODE_EVOLVERS,
  INTERFACE_EVOLVERS,
  AGGREGATE_EVOLVERS,
  SWITCH_EVOLVERS,
  MAC_OPTION_EVOLVERS,
  CONFIG_EVOLVERS,
  NEIGHBOUR_EVOLVERS,
  IPV6_EVOLVERS,
  HA_EVOLVERS,
  FLOW_EVOLVERS,
  LEASE_EVOLVERS,
  PPPOE_EVOLVERS,
  DROP_EVOLVERS,
  MOVE_EVOLVERS,
  SYSTEM_LOG_EVOLVERS,
  NIC_EVOLVERS,
  PACKET_IO_EVOLVERS,
  DEVICE_EVOLVERS,
  MAC_TABLE_EVOLVERS,
  MIGRATION_EVOLVERS,
  CLOUD_EVOLVERS,
]) {
  for (const [type, evolver] of Object.entries(table)) {
    EVOLVERS.set(type, [...(EVOLVERS.get(type) ?? []), evolver as Evolver]);
  }
}
const NONE: readonly Evolver[] = [];

/** Folds one event into the state, in place. Events it does not know change nothing but position and time. */
export function evolve(state: LabState, event: LabEvent): void {
  state.position = event.position;
  if (event.type !== 'TimeAdvanced') state.changedAt = event.position;
  state.atNs = event.atNs;
  for (const evolver of EVOLVERS.get(event.type) ?? NONE) evolver(state, event.data, event);
}

/** A definition that defines nothing changes nothing: the past may hold what no version of ours wrote, and folding it must not fail. */
function defineLab(state: LabState, definition: string): void {
  const begun = initialState();
  try {
    begin(begun, JSON.parse(definition) as Lab);
  } catch {
    return;
  }
  const { position, atNs, pacePermille, horizonNs, ended } = state;
  Object.assign(state, begun, { position, atNs, pacePermille, horizonNs, ended });
}

/** @throws TypeError when `lab` is not what its type says. */
function begin(state: LabState, lab: Lab): void {
  state.lab = lab;
  defineNodes(state, lab);
  defineSwitches(state, lab);
  defineFabrics(state, lab);
  defineMovingInterfaces(state, lab);
  defineMacOptions(state, lab);
  defineCandidates(state, lab);
  defineNeighbours(state, lab);
  defineFunctions(state, lab);
  definePacketIo(state, lab);
  defineMacTables(state, lab);
  defineDevices(state, lab);
  defineMigrations(lab);
  defineInterfaces(state, lab);
  defineIpv6(state, lab);
  defineAggregates(state, lab);
  defineHa(state, lab);
  defineFlows(state, lab);
  defineLeases(state, lab);
}
