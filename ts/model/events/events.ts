/**
 * Every event, as TypeScript sees it. Field for field the messages of proto/switchback/v1/events.proto, which says what
 * each means; `test/events-proto.spec.ts` compares the two.
 */
import type { Nanos } from '../../values/nanos.ts';

/** Number of an event in its lab's log, from 1. */
export type Position = number;

export interface EventData {
  LabDefined: { readonly definition: string; readonly pacePermille: number };
  CommandReceived: { readonly command: string };
  FramesReceived: { readonly node: string; readonly interface: string; readonly frames: readonly ReceivedFrame[] };
  TimeAdvanced: { readonly toNs: number };
  CarrierReported: { readonly node: string; readonly interface: string; readonly up: boolean };
  LagExceeded: { readonly lagNs: number };
  RecordingStopped: { readonly reason: string };
  EngineHalted: { readonly reason: string };

  CommandAccepted: { readonly command: string };
  CommandRefused: { readonly command: string; readonly reasons: readonly string[] };
  NodePowerChanged: { readonly node: string; readonly power: string };
  InterfaceLinkChanged: { readonly node: string; readonly interface: string; readonly up: boolean };
  InterfaceModeChanged: { readonly node: string; readonly interface: string; readonly mode: string; readonly macSource: string };
  MacOptionChanged: { readonly node: string; readonly useHypervisorMac: boolean };
  MacAddressChanged: {
    readonly node: string;
    readonly interface: string;
    readonly which: string;
    readonly old: string;
    readonly new: string;
    readonly cause: string;
  };
  MacAddressRefused: { readonly node: string; readonly interface: string; readonly asked: string; readonly reason: string };
  PromiscuousChanged: { readonly node: string; readonly interface: string; readonly requested: boolean };
  PolicyChanged: { readonly node: string; readonly interface: string; readonly setting: string; readonly accept: boolean };
  FrameDropped: {
    readonly node: string;
    readonly interface: string;
    readonly reason: string;
    readonly frame: number;
    readonly src: string;
    readonly dst: string;
    readonly etherType: number;
    readonly vlan: number;
    readonly length: number;
    readonly expected: readonly string[];
    readonly head: Uint8Array;
  };
  FramesDropped: {
    readonly node: string;
    readonly interface: string;
    readonly reason: string;
    readonly count: number;
    readonly firstNs: number;
    readonly lastNs: number;
  };
  GarpSent: { readonly node: string; readonly interface: string; readonly ip: string; readonly mac: string; readonly seq: number };
  NeighbourUpdated: {
    readonly node: string;
    readonly interface: string;
    readonly ip: string;
    readonly old: string;
    readonly new: string;
  };
  NeighbourUpdateRefused: {
    readonly node: string;
    readonly interface: string;
    readonly ip: string;
    readonly asked: string;
    readonly reason: string;
  };
  AddressConflict: { readonly node: string; readonly interface: string; readonly ip: string; readonly mac: string };
  HaStateChanged: { readonly node: string; readonly from: string; readonly to: string; readonly reason: string };
  HaPeerLost: { readonly node: string; readonly by: string; readonly awaitedSinceNs: number };
  HaPeerFound: { readonly node: string; readonly peerState: string };
  HaLinkChanged: { readonly node: string; readonly link: string; readonly up: boolean };
  HaConfigWarning: { readonly node: string; readonly code: string; readonly text: string };
  SystemLog: { readonly node: string; readonly eventId: string; readonly severity: string; readonly text: string };
  HaProcessChanged: { readonly node: string; readonly running: boolean };
  MacBaseChanged: { readonly node: string; readonly vmMacBase: string };
  LineChanged: {
    readonly node: string;
    readonly interface: string;
    readonly delayNs: number;
    readonly jitterNs: number;
    readonly lossPpm: number;
    readonly corruptionPpm: number;
    readonly rateBps: number;
  };
  UplinkChanged: { readonly node: string; readonly from: string; readonly to: string };
  SwitchNotifySent: { readonly node: string; readonly uplink: string; readonly mac: string; readonly cause: string };
  ArpInspectionChanged: { readonly node: string; readonly enabled: boolean };
  ArpBindingChanged: { readonly node: string; readonly ip: string; readonly old: string; readonly new: string };
  PortSecurityChanged: {
    readonly node: string;
    readonly interface: string;
    readonly trusted: boolean;
    readonly arpPerSecond: number;
    readonly macLimit: number;
    readonly onViolation: string;
  };
  PortStateChanged: { readonly node: string; readonly interface: string; readonly state: string; readonly reason: string };
  VfConfigChanged: {
    readonly node: string;
    readonly interface: string;
    readonly adminMac: string;
    readonly vlan: number;
    readonly qos: number;
    readonly trusted: boolean;
    readonly spoofCheck: boolean;
    readonly linkState: string;
    readonly maxTxRate: number;
    readonly minTxRate: number;
    readonly queryRss: boolean;
    readonly removed: boolean;
  };
  VfReset: { readonly node: string; readonly interface: string; readonly reason: string; readonly ready: boolean };
  VfResetRequired: { readonly node: string; readonly interface: string; readonly reason: string };
  VfMailboxReply: {
    readonly node: string;
    readonly interface: string;
    readonly op: string;
    readonly ack: boolean;
    readonly detail: string;
  };
  VfFilterChanged: {
    readonly node: string;
    readonly interface: string;
    readonly filter: string;
    readonly value: string;
    readonly present: boolean;
  };
  VfReceiveModeChanged: {
    readonly node: string;
    readonly interface: string;
    readonly broadcast: boolean;
    readonly multicast: boolean;
    readonly allMulticast: boolean;
    readonly promiscuous: boolean;
  };
  VfRequestIgnored: { readonly node: string; readonly interface: string; readonly op: string; readonly reason: string };
  VfRxDisabled: { readonly node: string; readonly interface: string; readonly reason: string };
  SpoofCheckSuspended: { readonly node: string; readonly interface: string };
  SpoofDetected: { readonly node: string; readonly count: number };
  QueuesEnabled: { readonly node: string; readonly interface: string; readonly queues: number; readonly enabled: number };
  VfDisabled: { readonly node: string; readonly interface: string; readonly reason: string };
  VfRssChanged: { readonly node: string; readonly interface: string; readonly key: string; readonly table: string };
  BridgeModeChanged: { readonly node: string; readonly mode: string };
  PacketIoModeSelected: { readonly node: string; readonly interface: string; readonly mode: string; readonly reason: string };
  PacketIoSettingChanged: { readonly node: string; readonly setting: string };
  DriverBound: {
    readonly node: string;
    readonly interface: string;
    readonly driver: string;
    readonly version: string;
    readonly mode: string;
  };
  DriverCompatChecked: {
    readonly node: string;
    readonly interface: string;
    readonly device: string;
    readonly hostVersion: string;
    readonly nativeVersion: string;
    readonly mode: string;
    readonly verdict: string;
  };
  VnicUnplugged: { readonly node: string; readonly interface: string };
  VnicPlugged: { readonly node: string; readonly interface: string; readonly model: string; readonly accelerated: boolean };
  DeviceAssigned: { readonly node: string; readonly interface: string; readonly device: string };
  DeviceReleased: { readonly node: string; readonly interface: string; readonly device: string };
  VhostPortChanged: { readonly node: string; readonly interface: string; readonly connected: boolean; readonly reason: string };
  RingFrozen: { readonly node: string; readonly interface: string; readonly socket: number };
  RingThawed: { readonly node: string; readonly interface: string; readonly socket: number };
  BlockRetired: {
    readonly node: string;
    readonly interface: string;
    readonly socket: number;
    readonly frames: number;
    readonly status: number;
  };
  BlocksRetired: {
    readonly node: string;
    readonly interface: string;
    readonly socket: number;
    readonly full: number;
    readonly byTimer: number;
  };
  LinkSpeedChanged: { readonly node: string; readonly interface: string; readonly mbps: number };
  VfLinkReported: { readonly node: string; readonly interface: string; readonly up: boolean; readonly speedMbps: number };
}

export interface ReceivedFrame {
  readonly afterNs: number;
  readonly bytes: Uint8Array;
}

export type EventType = keyof EventData;
export type EventKind = 'input' | 'outcome';

/** An event's type and data, before it has a place in the log. A union: narrowing `type` narrows `data`. */
export type Payload = { [T in EventType]: { readonly type: T; readonly data: EventData[T] } }[EventType];

/** A decided event: a payload with its position, time and cause. */
export type LabEvent = Payload & {
  readonly position: Position;
  readonly atNs: Nanos;
  /** Position of the mechanical parent; 0 for inputs. */
  readonly cause: Position;
};

/** Input or outcome, per type (the proto option `kind`). The order is the order of the proto's field numbers. */
export const EVENT_KINDS = {
  LabDefined: 'input',
  CommandReceived: 'input',
  FramesReceived: 'input',
  TimeAdvanced: 'input',
  CarrierReported: 'input',
  LagExceeded: 'input',
  RecordingStopped: 'input',
  EngineHalted: 'input',
  CommandAccepted: 'outcome',
  CommandRefused: 'outcome',
  NodePowerChanged: 'outcome',
  InterfaceLinkChanged: 'outcome',
  InterfaceModeChanged: 'outcome',
  MacOptionChanged: 'outcome',
  MacAddressChanged: 'outcome',
  MacAddressRefused: 'outcome',
  PromiscuousChanged: 'outcome',
  PolicyChanged: 'outcome',
  FrameDropped: 'outcome',
  FramesDropped: 'outcome',
  GarpSent: 'outcome',
  NeighbourUpdated: 'outcome',
  NeighbourUpdateRefused: 'outcome',
  AddressConflict: 'outcome',
  HaStateChanged: 'outcome',
  HaPeerLost: 'outcome',
  HaPeerFound: 'outcome',
  HaLinkChanged: 'outcome',
  HaConfigWarning: 'outcome',
  SystemLog: 'outcome',
  HaProcessChanged: 'outcome',
  MacBaseChanged: 'outcome',
  LineChanged: 'outcome',
  UplinkChanged: 'outcome',
  SwitchNotifySent: 'outcome',
  ArpInspectionChanged: 'outcome',
  ArpBindingChanged: 'outcome',
  PortSecurityChanged: 'outcome',
  PortStateChanged: 'outcome',
  VfConfigChanged: 'outcome',
  VfReset: 'outcome',
  VfResetRequired: 'outcome',
  VfMailboxReply: 'outcome',
  VfFilterChanged: 'outcome',
  VfReceiveModeChanged: 'outcome',
  VfRequestIgnored: 'outcome',
  VfRxDisabled: 'outcome',
  SpoofCheckSuspended: 'outcome',
  SpoofDetected: 'outcome',
  QueuesEnabled: 'outcome',
  VfDisabled: 'outcome',
  VfRssChanged: 'outcome',
  BridgeModeChanged: 'outcome',
  PacketIoModeSelected: 'outcome',
  PacketIoSettingChanged: 'outcome',
  DriverBound: 'outcome',
  DriverCompatChecked: 'outcome',
  VnicUnplugged: 'outcome',
  VnicPlugged: 'outcome',
  DeviceAssigned: 'outcome',
  DeviceReleased: 'outcome',
  VhostPortChanged: 'outcome',
  RingFrozen: 'outcome',
  RingThawed: 'outcome',
  BlockRetired: 'outcome',
  BlocksRetired: 'outcome',
  LinkSpeedChanged: 'outcome',
  VfLinkReported: 'outcome',
} as const satisfies Record<EventType, EventKind>;
