/** An event in words: where it happened, and what. One sentence per type; a type without one lists its fields by name. */
import type { EventData, EventType, LabEvent } from '../../model/events/events.ts';
import { STATUS } from '../../model/hardware/packet-mmap.ts';
import { statusNumber, VIRTCHNL_EVENTS } from '../../model/hardware/virtchnl.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { count, counted, span } from './words.ts';

/** Which event of the virtual channel it was, as a driver's log has it: a number. */
const pushed = (name: keyof typeof VIRTCHNL_EVENTS): string => `, virtchnl event ${VIRTCHNL_EVENTS[name]}`;

type Sentences = { readonly [T in EventType]?: (data: EventData[T]) => string };

const verdict = (accepts: boolean): string => (accepts ? 'accept' : 'reject');

const SENTENCES: Sentences = {
  LabDefined: ({ definition }) => describeLab(definition),
  CommandReceived: ({ command }) => command,
  FramesReceived: ({ frames }) => `${counted(frames.length, 'frame')} from outside`,
  TimeAdvanced: ({ toNs }) => `virtual time may advance to ${span(toNs)}`,
  CarrierReported: ({ up }) => `carrier ${up ? 'up' : 'down'} (reported from outside)`,
  LagExceeded: ({ lagNs }) => `${span(lagNs)} behind the wall clock`,
  RecordingStopped: ({ reason }) => reason,
  EngineHalted: ({ reason }) => reason,
  CommandAccepted: ({ command }) => command,
  CommandRefused: ({ command, reasons }) => `${command}: ${reasons.join('; ')}`,
  NodePowerChanged: ({ power }) => power,
  InterfaceLinkChanged: ({ up }) => `link ${up ? 'up' : 'down'}`,
  InterfaceModeChanged: ({ mode, macSource }) => `${mode}, MAC from ${macSource}`,
  MacOptionChanged: ({ useHypervisorMac }) => `use-hypervisor-mac ${useHypervisorMac ? 'on' : 'off'}`,
  // The field is named `cause` on the wire; for people, a cause is a position and this is a reason.
  MacAddressChanged: ({ which, old, new: now, cause: reason }) =>
    `${which} MAC ${old || 'none'} -> ${now || 'none'} (reason: ${reason})`,
  MacAddressRefused: ({ asked, reason }) => `MAC ${asked} refused: ${MAC_REFUSALS[reason] ?? reason}`,
  PromiscuousChanged: ({ requested }) => `guest ${requested ? 'requests' : 'ends'} promiscuous reception`,
  PolicyChanged: ({ setting, accept }) => `${setting} ${verdict(accept)}`,
  FrameDropped: ({ reason, frame, src, dst, length }) =>
    `${reason}: frame ${frame}, ${src || '?'} > ${dst || '?'}, ${length} bytes`,
  FramesDropped: ({ reason, count: frames, firstNs, lastNs }) =>
    `${reason}: ${counted(frames, 'more frame')}${lastNs === firstNs ? '' : ` within ${span(lastNs - firstNs)}`}`,
  GarpSent: ({ ip, mac, seq }) => `gratuitous ARP ${seq}: ${ip} is at ${mac}`,
  NeighbourUpdated: ({ ip, old, new: now }) => `${ip} ${old || 'unknown'} -> ${now || 'forgotten'}`,
  NeighbourUpdateRefused: ({ ip, asked, reason }) => `keeps its entry for ${ip}; ignores ${asked}: ${reason}`,
  AddressConflict: ({ ip, mac }) => `address conflict: ${ip} is also claimed by ${mac}`,
  HaStateChanged: ({ from, to, reason }) => `HA ${from} -> ${to} (${reason})`,
  HaPeerLost: ({ by, awaitedSinceNs }) => `peer declared lost: no ${by} since ${span(awaitedSinceNs)}`,
  HaPeerFound: ({ peerState }) => `peer found in state ${peerState}`,
  HaLinkChanged: ({ link, up }) => `${link} ${up ? 'up' : 'down'}`,
  HaMonitorFailed: ({ kind, group, what }) => `${kind} monitor: ${what} of group ${group} failed`,
  HaMonitorRecovered: ({ kind, group, what }) => `${kind} monitor: ${what} of group ${group} recovered`,
  HaConfigWarning: ({ code, text }) => `${code}: ${text}`,
  CandidateChanged: ({ path, old, new: value }) => `candidate: ${path} ${old || 'none'} -> ${value || 'none'}`,
  ConfigCommitted: ({ paths }) => `commit of ${paths.join(', ')}`,
  HaConfigSynced: ({ peer, paths }) => `follows the configuration of ${peer}: ${paths.join(', ')}`,
  SystemLog: ({ severity, eventId, text }) => `${severity} ${eventId}: ${text}`,
  HaProcessChanged: ({ running }) => `HA process ${running ? 'starts' : 'stops'}`,
  LineChanged: (line) => lineText(line),
  UplinkChanged: ({ from, to }) => `active uplink ${from || 'none'} -> ${to || 'none'}`,
  TeamUplinkChanged: ({ used }) => (used ? 'the team uses the uplink' : 'the team no longer uses the uplink'),
  UplinkBeaconsChanged: ({ heard }) => (heard ? 'hears beacons again' : 'hears no beacon of the other uplinks'),
  SwitchNotifySent: ({ uplink, mac, cause: reason }) =>
    `announces ${mac} to the physical switches through ${uplink} (reason: ${reason})`,
  ArpInspectionChanged: ({ enabled }) => `ARP inspection ${enabled ? 'on' : 'off'}`,
  ArpBindingChanged: ({ ip, old, new: now }) => `ARP binding of ${ip}: ${old || 'none'} -> ${now || 'none'}`,
  PortSecurityChanged: ({ trusted, arpPerSecond, macLimit, onViolation }) =>
    `${trusted ? 'trusted' : 'not trusted'}, ARP per second ${limit(arpPerSecond)}, MACs ${limit(macLimit)}, on violation ${onViolation}`,
  PortStateChanged: ({ state, reason }) => `port ${state} (${reason})`,
  VfConfigChanged: (config) => vfText(config),
  VfReset: ({ reason, ready }) => `VF reset (${reason})${ready ? '' : ', waiting for its driver'}`,
  VfResetRequired: ({ reason }) =>
    `the PF asks the VF to reset itself (${reason}${reason === 'reset-impending' ? pushed('RESET_IMPENDING') : ''})`,
  PfReset: () => 'the PF resets its device: no VF works until its driver has set it up again',
  MaliciousDriverDetected: ({ events, tolerated }) => `malicious driver detected: event ${events}, ${tolerated} are tolerated`,
  VfCapabilitiesChanged: ({ withheld }) =>
    withheld.length === 0 ? 'the PF grants all capabilities' : `the PF withholds ${withheld.join(', ')}`,
  VfMailboxReply: ({ op, ack, detail }) =>
    `${op} ${ack ? 'granted' : 'refused'}${detail === '' ? '' : `: ${detail}`}${op === 'GET_VF_RESOURCES' ? statusNumber(detail) : ''}`,
  VfFilterChanged: ({ filter, value, present }) => `${FILTERS[filter] ?? filter} ${value} ${present ? 'added' : 'removed'}`,
  VfReceiveModeChanged: ({ broadcast, multicast, allMulticast, promiscuous }) => {
    const modes = { broadcast, 'multicast by hash': multicast, 'all multicast': allMulticast, 'all unicast': promiscuous };
    const on = Object.entries(modes).flatMap(([name, isOn]) => (isOn ? [name] : []));
    return `receives ${['its addresses', ...on].join(', ')}`;
  },
  VfRequestIgnored: ({ op, reason }) => `${op} acknowledged but not applied: ${reason}`,
  VfRxDisabled: ({ reason }) => `the PF disables receive (${reason})`,
  SpoofCheckSuspended: () => 'the NIC no longer checks sources, although the setting still reads "on"',
  SpoofDetected: ({ count: frames }) => `${counted(frames, 'spoofed frame')} detected`,
  QueuesEnabled: ({ queues, enabled }) => `${counted(queues, 'queue pair')}, enabled (bit mask): ${enabled.toString(2)}`,
  VfDisabled: ({ reason }) => `the PF disables the VF (${reason})`,
  VfRssChanged: ({ table }) => `RSS key and a table of ${table.length / 2} entries set`,
  BridgeModeChanged: ({ mode }) => `embedded switch: ${mode}`,
  RingFrozen: ({ socket }) => `packet socket ${socket} freezes: its reader holds all blocks`,
  RingThawed: ({ socket }) => `packet socket ${socket} resumes: its reader released a block`,
  PingAnswered: ({ ip, seq, afterNs }) => `${ip} answers ping ${seq} after ${span(afterNs)}`,
  PingFinished: (ping) => pingText(ping),
  IcmpErrorReceived: ({ from, problem, mtu, to }) =>
    `${from} reports: ${problem}${mtu === 0 ? '' : `, MTU ${mtu}`} (packet to ${to})`,
  FlowChanged: (flow) => flowText(flow),
  FlowConnected: ({ flow }) => `flow ${flow} is connected`,
  FlowReset: ({ flow, by, refused }) => `flow ${flow} is ${refused ? 'refused' : 'reset'}${by === '' ? '' : ` by ${by}`}`,
  FlowTimedOut: ({ flow, connected }) => `flow ${flow} times out${connected ? '' : ': its SYN is not answered'}`,
  MacMoved: (moves) => movesText(moves),
  ProbeTargetChanged: ({ ip, healthy }) => `${ip} ${healthy ? 'answers probes again' : 'does not answer probes'}`,
  CloudInterfaceChanged: ({ attached, mac }) => `interface with MAC ${mac} ${attached ? 'attached' : 'detached'}`,
  SessionSync: ({ count: sessions, peer }) => `${count(sessions)} sessions from ${peer}`,
  SessionsCleared: ({ count: sessions }) => `${count(sessions)} sessions cleared`,
  StormDetected: ({ rate, interface: port }) => `storm: floods ${count(rate)} frames per second (at ${port})`,
  BlockRetired: ({ socket, frames, status }) =>
    `packet socket ${socket}: block of ${counted(frames, 'frame')} retired (${statusText(status)})`,
  BlocksRetired: ({ socket, full, byTimer }) =>
    `packet socket ${socket}: ${counted(full + byTimer, 'more block')} retired, ${full} of them full`,
  PacketIoModeSelected: ({ mode, reason, interface: name }) =>
    `packet I/O mode ${mode}${reason === '' ? '' : ` (${name === '' ? reason : `${name}: ${reason}`})`}`,
  PacketIoSettingChanged: ({ setting }) => `packet I/O setting ${setting}; it applies at the next start`,
  DriverBound: ({ driver, version, mode }) => `driver ${driver}${version === '' ? '' : ` ${version}`} (${mode})`,
  DriverCompatChecked: ({ device, hostVersion, nativeVersion, mode, verdict }) =>
    `${device}: host PF driver ${hostVersion}, native ${nativeVersion || 'not stated'} (${mode}): ${verdict}`,
  VnicUnplugged: () => 'NIC unplugged',
  VnicPlugged: ({ model, accelerated }) =>
    `NIC plugged in${model === '' ? '' : `, ${model}`}${accelerated ? '' : ', not accelerated'}`,
  DeviceAssigned: ({ device }) => `is assigned ${device}`,
  DpdkMacTableChanged: ({ op, mac, slot, result }) =>
    `${op} ${mac}: ${result === '0' ? (slot === 0 ? 'nothing to do' : `slot ${slot}`) : result}`,
  DriverTroubleInjected: ({ device, trouble }) => `trouble of a bad pair of drivers at ${device}: ${trouble}`,
  DeviceReleased: ({ device }) => `returns ${device} to the host`,
  VhostPortChanged: ({ connected, reason }) => `vhost-user ${connected ? 'connected' : 'disconnected'} (${reason})`,
  LinkSpeedChanged: ({ mbps }) => `link speed ${count(mbps)} Mbit/s`,
  VfLinkReported: ({ up, speedMbps }) =>
    `the PF reports to the VF: link ${up ? `up, ${count(speedMbps)} Mbit/s` : 'down'}${pushed('LINK_CHANGE')}`,
  MacBaseChanged: ({ vmMacBase }) => `base of self-generated MACs: ${vmMacBase}`,
};

/** "USER, BLK_TMO". */
function statusText(status: number): string {
  return Object.entries(STATUS)
    .flatMap(([name, bit]) => ((status & bit) !== 0 ? [name] : []))
    .join(', ');
}

/** Why a PF refuses a MAC (rules MBX-03, VCH-03). */
const MAC_REFUSALS: Readonly<Record<string, string>> = {
  'admin-mac': 'an administrative MAC is set',
  invalid: 'not a unicast address',
};

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
  return parts.length === 0 ? 'line without impairment' : `line impaired: ${parts.join(', ')}`;
}

function limit(value: number): string {
  return value === 0 ? 'unlimited' : count(value);
}

function movesText({ vlan, mac, from, to, count: moves, firstNs, lastNs }: EventData['MacMoved']): string {
  if (mac === '') return `${counted(moves, 'more move')} of MACs between ports: too many MACs move to tell them apart`;
  const where = vlan === 0 ? '' : ` in VLAN ${vlan}`;
  if (moves === 1) return `MAC ${mac}${where} moves from ${from} to ${to}`;
  return `MAC ${mac}${where} moves ${count(moves)} times within ${span(lastNs - firstNs)}, last from ${from} to ${to}`;
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

/** An event in one line, with its place. */
export function lineOf(event: LabEvent): string {
  const who = whoOf(event);
  return who === '' ? textOf(event) : `${who} ${textOf(event)}`;
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

function pingText({ ip, sent, answered, minNs, meanNs, maxNs }: EventData['PingFinished']): string {
  const times = answered === 0 ? '' : `; shortest ${span(minNs)}, mean ${span(meanNs)}, longest ${span(maxNs)}`;
  return `${ip}: ${answered} of ${counted(sent, 'ping')} answered${times}`;
}

function flowText({ flow, sending, intervalPs, untilNs }: EventData['FlowChanged']): string {
  if (!sending) return `flow ${flow} stops`;
  return `flow ${flow} sends a frame every ${span(intervalPs / 1000)}${untilNs === 0 ? '' : ` until ${span(untilNs)}`}`;
}
