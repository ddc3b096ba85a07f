/** Fields of every event type and what they hold, for checks that name them. The compiler compares it with events.ts. */
import type { EventData, EventType } from '../events.ts';

type FieldKind<T> = T extends string ? 'string' : T extends number ? 'number' : T extends boolean ? 'boolean' : 'other';
type Fields<T> = { readonly [F in keyof T]: FieldKind<T[F]> };

export const EVENT_FIELDS: { readonly [T in EventType]: Fields<EventData[T]> } = {
  LabDefined: { definition: 'string' },
  CommandReceived: { command: 'string' },
  FramesReceived: { node: 'string', interface: 'string', frames: 'other' },
  TimeAdvanced: { toNs: 'number' },
  CarrierReported: { node: 'string', interface: 'string', up: 'boolean' },
  LagExceeded: { lagNs: 'number' },
  RecordingStopped: { reason: 'string' },
  EngineHalted: { reason: 'string' },
  CommandAccepted: { command: 'string' },
  CommandRefused: { command: 'string', reasons: 'other' },
  NodePowerChanged: { node: 'string', power: 'string' },
  InterfaceLinkChanged: { node: 'string', interface: 'string', up: 'boolean' },
  InterfaceModeChanged: { node: 'string', interface: 'string', mode: 'string', macSource: 'string' },
  MacOptionChanged: { node: 'string', useHypervisorMac: 'boolean' },
  MacAddressChanged: { node: 'string', interface: 'string', which: 'string', old: 'string', new: 'string', cause: 'string' },
  MacAddressRefused: { node: 'string', interface: 'string', asked: 'string', reason: 'string' },
  PromiscuousChanged: { node: 'string', interface: 'string', requested: 'boolean' },
  PolicyChanged: { node: 'string', interface: 'string', setting: 'string', accept: 'boolean' },
  FrameDropped: {
    node: 'string',
    interface: 'string',
    reason: 'string',
    frame: 'number',
    src: 'string',
    dst: 'string',
    etherType: 'number',
    vlan: 'number',
    length: 'number',
    expected: 'other',
    head: 'other',
  },
  FramesDropped: { node: 'string', interface: 'string', reason: 'string', count: 'number', firstNs: 'number', lastNs: 'number' },
  GarpSent: { node: 'string', interface: 'string', ip: 'string', mac: 'string', seq: 'number' },
  NeighbourUpdated: { node: 'string', interface: 'string', ip: 'string', old: 'string', new: 'string' },
  NeighbourUpdateRefused: { node: 'string', interface: 'string', ip: 'string', asked: 'string', reason: 'string' },
  AddressConflict: { node: 'string', interface: 'string', ip: 'string', mac: 'string' },
  HaStateChanged: { node: 'string', from: 'string', to: 'string', reason: 'string' },
  HaPeerLost: { node: 'string', by: 'string', awaitedSinceNs: 'number' },
  HaPeerFound: { node: 'string', peerState: 'string' },
  HaLinkChanged: { node: 'string', link: 'string', up: 'boolean' },
  HaConfigWarning: { node: 'string', code: 'string', text: 'string' },
  SystemLog: { node: 'string', eventId: 'string', severity: 'string', text: 'string' },
  MacBaseChanged: { node: 'string', vmMacBase: 'string' },
  LineChanged: {
    node: 'string',
    interface: 'string',
    delayNs: 'number',
    jitterNs: 'number',
    lossPpm: 'number',
    corruptionPpm: 'number',
    rateBps: 'number',
  },
  UplinkChanged: { node: 'string', from: 'string', to: 'string' },
  SwitchNotifySent: { node: 'string', uplink: 'string', mac: 'string', cause: 'string' },
  ArpInspectionChanged: { node: 'string', enabled: 'boolean' },
  ArpBindingChanged: { node: 'string', ip: 'string', old: 'string', new: 'string' },
  PortSecurityChanged: {
    node: 'string',
    interface: 'string',
    trusted: 'boolean',
    arpPerSecond: 'number',
    macLimit: 'number',
    onViolation: 'string',
  },
  PortStateChanged: { node: 'string', interface: 'string', state: 'string', reason: 'string' },
  HaProcessChanged: { node: 'string', running: 'boolean' },
};

/** The fields of an event type by name; null for a type that does not exist. */
export function fieldsOf(type: string): ReadonlyMap<string, string> | null {
  return Object.hasOwn(EVENT_FIELDS, type) ? new Map(Object.entries(EVENT_FIELDS[type as EventType])) : null;
}
