/** An event in words: whom it concerns, and what happened. One sentence per type; without one, its fields are told by name. */
import type { EventData, EventType, LabEvent } from '../model/events/events.ts';
import { STATUS } from '../model/hardware/packet-mmap.ts';
import type { Lab } from '../model/lab/lab.ts';
import { count, counted, span } from './output.ts';

type Sentences = { readonly [T in EventType]?: (data: EventData[T]) => string };

const yesNo = (isYes: boolean): string => (isYes ? 'accept' : 'reject');

const SENTENCES: Sentences = {
  LabDefined: ({ definition }) => describeLab(definition),
  CommandReceived: ({ command }) => command,
  FramesReceived: ({ frames }) => `${counted(frames.length, 'frame')} from outside`,
  TimeAdvanced: ({ toNs }) => `time may pass until ${span(toNs)}`,
  CarrierReported: ({ up }) => `carrier ${up ? 'up' : 'down'}, says the world`,
  LagExceeded: ({ lagNs }) => `${span(lagNs)} behind the wall clock`,
  RecordingStopped: ({ reason }) => reason,
  EngineHalted: ({ reason }) => reason,
  CommandAccepted: ({ command }) => command,
  CommandRefused: ({ command, reasons }) => `${command}: ${reasons.join('; ')}`,
  NodePowerChanged: ({ power }) => power,
  InterfaceLinkChanged: ({ up }) => `link ${up ? 'up' : 'down'}`,
  InterfaceModeChanged: ({ mode, macSource }) => `${mode}, MAC from ${macSource}`,
  MacOptionChanged: ({ useHypervisorMac }) => `use-hypervisor-mac ${useHypervisorMac ? 'on' : 'off'}`,
  MacAddressChanged: ({ which, old, new: now, cause }) => `${which} MAC ${old || 'none'} -> ${now || 'none'} (${cause})`,
  MacAddressRefused: ({ asked, reason }) => `${asked}: ${reason}`,
  PromiscuousChanged: ({ requested }) => `guest ${requested ? 'asks for' : 'leaves'} promiscuous mode`,
  PolicyChanged: ({ setting, accept }) => `${setting} ${yesNo(accept)}`,
  FrameDropped: ({ reason, frame, src, dst, length }) =>
    `${reason}: frame ${frame}, ${src || '?'} > ${dst || '?'}, ${length} bytes`,
  FramesDropped: ({ reason, count: frames, firstNs, lastNs }) =>
    `${reason}: ${count(frames)} more${lastNs === firstNs ? '' : ` within ${span(lastNs - firstNs)}`}`,
  GarpSent: ({ ip, mac, seq }) => `gratuitous ARP ${seq}: ${ip} is at ${mac}`,
  NeighbourUpdated: ({ ip, old, new: now }) => `${ip} ${old || 'unknown'} -> ${now || 'forgotten'}`,
  NeighbourUpdateRefused: ({ ip, asked, reason }) => `${ip} stays, not ${asked}: ${reason}`,
  AddressConflict: ({ ip, mac }) => `${ip} is also at ${mac}`,
  HaStateChanged: ({ from, to, reason }) => `HA ${from} -> ${to} (${reason})`,
  HaPeerLost: ({ by, awaitedSinceNs }) => `peer lost by ${by}, awaited since ${span(awaitedSinceNs)}`,
  HaPeerFound: ({ peerState }) => `peer found, ${peerState}`,
  HaLinkChanged: ({ link, up }) => `${link} ${up ? 'up' : 'down'}`,
  HaConfigWarning: ({ code, text }) => `${code}: ${text}`,
  SystemLog: ({ severity, eventId, text }) => `${severity} ${eventId}: ${text}`,
  HaProcessChanged: ({ running }) => `HA process ${running ? 'starts' : 'stops'}`,
  LineChanged: (line) => lineText(line),
  UplinkChanged: ({ from, to }) => `active uplink ${from || 'none'} -> ${to || 'none'}`,
  SwitchNotifySent: ({ uplink, mac, cause }) => `tells the physical network that ${mac} is behind ${uplink} (${cause})`,
  ArpInspectionChanged: ({ enabled }) => `ARP inspection ${enabled ? 'on' : 'off'}`,
  ArpBindingChanged: ({ ip, old, new: now }) => `ARP binding of ${ip}: ${old || 'none'} -> ${now || 'none'}`,
  PortSecurityChanged: ({ trusted, arpPerSecond, macLimit, onViolation }) =>
    `${trusted ? 'trusted' : 'not trusted'}, ARP per second ${limit(arpPerSecond)}, MACs ${limit(macLimit)}, then ${onViolation}`,
  PortStateChanged: ({ state, reason }) => `port ${state} (${reason})`,
  VfConfigChanged: (config) => vfText(config),
  VfReset: ({ reason, ready }) => `VF reset (${reason})${ready ? '' : ', waits for its driver'}`,
  VfResetRequired: ({ reason }) => `the PF tells the VF to reset itself (${reason})`,
  VfMailboxReply: ({ op, ack, detail }) => `${op} ${ack ? 'granted' : 'refused'}${detail === '' ? '' : `: ${detail}`}`,
  VfFilterChanged: ({ filter, value, present }) => `${FILTERS[filter] ?? filter} ${value} ${present ? 'added' : 'removed'}`,
  VfReceiveModeChanged: ({ broadcast, multicast, allMulticast, promiscuous }) => {
    const modes = { broadcast, 'multicast by hash': multicast, 'all multicast': allMulticast, 'all unicast': promiscuous };
    const on = Object.entries(modes).flatMap(([name, isOn]) => (isOn ? [name] : []));
    return `receives ${['its addresses', ...on].join(', ')}`;
  },
  VfRequestIgnored: ({ op, reason }) => `${op} granted in words only: ${reason}`,
  VfRxDisabled: ({ reason }) => `the PF switches receive off (${reason})`,
  SpoofCheckSuspended: () => 'sources are no longer checked, though the setting still reads on',
  SpoofDetected: ({ count: frames }) => `${counted(frames, 'spoofed frame')} detected`,
  QueuesEnabled: ({ queues, enabled }) => `${counted(queues, 'queue pair')}, running: ${enabled.toString(2)}`,
  VfDisabled: ({ reason }) => `the PF disables the VF (${reason})`,
  VfRssChanged: ({ table }) => `RSS key and a table of ${table.length / 2} entries set`,
  BridgeModeChanged: ({ mode }) => `embedded switch: ${mode}`,
  RingFrozen: ({ socket }) => `packet socket ${socket} is frozen: its reader holds all blocks`,
  RingThawed: ({ socket }) => `packet socket ${socket} goes on: a block was released`,
  BlockRetired: ({ socket, frames, status }) =>
    `packet socket ${socket}: a block of ${counted(frames, 'frame')} closed (${statusText(status)})`,
  BlocksRetired: ({ socket, full, byTimer }) =>
    `packet socket ${socket}: ${counted(full + byTimer, 'block')} more closed, ${full} of them full`,
  PacketIoModeSelected: ({ mode, reason, interface: name }) =>
    `packet I/O by ${mode}${reason === '' ? '' : ` (${name === '' ? reason : `${name}: ${reason}`})`}`,
  PacketIoSettingChanged: ({ setting }) => `packet I/O by ${setting} after the next start`,
  DriverBound: ({ driver, version, mode }) => `driver ${driver}${version === '' ? '' : ` ${version}`} (${mode})`,
  DriverCompatChecked: ({ device, hostVersion, nativeVersion, mode, verdict }) =>
    `${device}: host PF driver ${hostVersion}, own ${nativeVersion || 'not stated'} (${mode}): ${verdict}`,
  VnicUnplugged: () => 'NIC unplugged',
  VnicPlugged: ({ model, accelerated }) =>
    `NIC plugged in${model === '' ? '' : `, ${model}`}${accelerated ? '' : ', not accelerated'}`,
  DeviceAssigned: ({ device }) => `has ${device} now, and nobody else`,
  DeviceReleased: ({ device }) => `gives ${device} back to the host`,
  VhostPortChanged: ({ connected, reason }) => `vhost-user ${connected ? 'connected' : 'disconnected'} (${reason})`,
  LinkSpeedChanged: ({ mbps }) => `wire at ${count(mbps)} Mbit/s`,
  VfLinkReported: ({ up, speedMbps }) => `the PF tells the VF: link ${up ? `up, ${count(speedMbps)} Mbit/s` : 'down'}`,
  MacBaseChanged: ({ vmMacBase }) => `base of self-generated MACs ${vmMacBase}`,
};

/** "USER, BLK_TMO". */
function statusText(status: number): string {
  return Object.entries(STATUS)
    .flatMap(([name, bit]) => ((status & bit) !== 0 ? [name] : []))
    .join(', ');
}

const FILTERS: Readonly<Record<string, string>> = { mac: 'address', vlan: 'VLAN', multicast: 'multicast vector' };

function vfText({
  adminMac,
  vlan,
  qos,
  trusted,
  spoofCheck,
  linkState,
  maxTxRate,
  queryRss,
  removed,
}: EventData['VfConfigChanged']): string {
  if (removed) return 'VF removed';
  const parts = [
    `administrative MAC ${adminMac || 'none'}`,
    vlan === 0 ? '' : `VLAN ${vlan}${qos === 0 ? '' : ` qos ${qos}`}`,
    `spoof check ${spoofCheck ? 'on' : 'off'}`,
    `trust ${trusted ? 'on' : 'off'}`,
    `state ${linkState}`,
    maxTxRate === 0 ? '' : `at most ${count(maxTxRate)} Mbit/s`,
    queryRss ? 'RSS query on' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function lineText({ delayNs, jitterNs, lossPpm, corruptionPpm, rateBps }: EventData['LineChanged']): string {
  const parts = [
    delayNs === 0 ? '' : `delay ${span(delayNs)}${jitterNs === 0 ? '' : ` +- ${span(jitterNs)}`}`,
    lossPpm === 0 ? '' : `loss ${lossPpm / 10_000} %`,
    corruptionPpm === 0 ? '' : `corruption ${corruptionPpm / 10_000} %`,
    rateBps === 0 ? '' : `rate ${count(rateBps)} bit/s`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'line without impairment' : `line with ${parts.join(', ')}`;
}

function limit(value: number): string {
  return value === 0 ? 'unlimited' : count(value);
}

/** What happened, without type and place. */
export function textOf(event: LabEvent): string {
  const sentence = SENTENCES[event.type] as ((data: unknown) => string) | undefined;
  return sentence?.(event.data) ?? fieldsText(event.data);
}

function fieldsText(data: object): string {
  const fields = Object.entries(data).filter(([name]) => name !== 'node' && name !== 'interface');
  return fields.map(([name, value]) => `${name} ${String(value)}`).join(', ');
}

/** "node:interface", "node", or nothing for the lab as a whole. */
export function whoOf({ data }: LabEvent): string {
  const node = 'node' in data ? data.node : '';
  const name = 'interface' in data ? data.interface : '';
  return name === '' ? node : `${node}:${name}`;
}

function describeLab(definition: string): string {
  const { nodes, links, flows } = JSON.parse(definition) as Lab;
  return `${counted(nodes.length, 'node')}, ${counted(links.length, 'link')}, ${counted(flows.length, 'flow')}`;
}
