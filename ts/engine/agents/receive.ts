/** A frame the data plane punted: which agent it is for. */
import type { Punt } from '../../dataplane/dataplane.ts';
import type { Position } from '../../model/events/events.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { ETHERTYPE, type EthernetFrame, parseEthernet } from '../../wire/ethernet.ts';
import { parseIcmpEcho } from '../../wire/icmp.ts';
import { parseIcmp6Echo } from '../../wire/icmp6.ts';
import { IP_PROTOCOL, parseIpv4Packet } from '../../wire/ipv4.ts';
import { NEXT_HEADER, parseIpv6Packet } from '../../wire/ipv6.ts';
import { parseTcp } from '../../wire/tcp.ts';
import type { Turn } from '../turn/turn.ts';
import { handleConfig } from './config/sync.ts';
import { controlLinkAt } from './ha/ends.ts';
import { handleSegment } from './ha/ha.ts';
import { handleHa2Frame } from './ha/ha2.ts';
import { messageIn } from './ha/ha2-frame.ts';
import { handleAnswer } from './ha/heartbeat.ts';
import { handlePathAnswer } from './ha/path-monitor.ts';
import { handleLacp } from './lacp/lacp.ts';
import { hearProbed } from './leases/client.ts';
import { handleDhcp } from './leases/leases.ts';
import { handlePppoe } from './leases/pppoe.ts';
import { handleArp, handleQuestion } from './neighbours/arp.ts';
import { handleIpv6 } from './neighbours/discovery.ts';
import { answerEcho, hearError, hearError6 } from './neighbours/icmp.ts';
import { socketFroze, socketThawed } from './packet-io/packet-ring.ts';
import { hearBeacon } from './ports/beacons.ts';
import { stormDetected } from './ports/storm.ts';
import { portDisabledItself } from './ports/switch-port.ts';
import { pingAnswered } from './traffic/ping.ts';
import { probeAnswered } from './traffic/probes.ts';

/** Hands a punt to the agent it concerns. Frames that no agent handles are ignored: the data plane counted them as consumed. */
export function handlePunt(turn: Turn, punt: Punt): void {
  const iface = turn.index.lab.interfaces[punt.port];
  if (iface === undefined) return;
  if (punt.kind === 'frame') handleFrame(turn, iface, punt);
  else if (punt.kind === 'disabled') portDisabledItself(turn, iface, punt.ip, punt.cause);
  else if (punt.kind === 'frozen') socketFroze(turn, iface, punt);
  else if (punt.kind === 'thawed') socketThawed(turn, iface, punt);
  else if (punt.kind === 'storm') stormDetected(turn, iface, punt);
  else handleQuestion(turn, iface, punt);
}

function handleFrame(turn: Turn, iface: LabInterface, punt: Punt): void {
  const frame = parseEthernet(punt.bytes);
  if (frame === null) return;
  if (frame.etherType === ETHERTYPE.arp) {
    hearProbed(turn, iface, punt.bytes, punt.cause);
    handleArp(turn, iface, punt.bytes, punt.cause);
  } else if (frame.etherType === ETHERTYPE.ipv4) handleIpv4(turn, iface, punt);
  else if (frame.etherType === ETHERTYPE.ipv6) {
    if (!hearEcho6(turn, iface, frame, punt.cause)) handleIpv6(turn, iface, frame, punt.cause);
  } else if (frame.etherType === ETHERTYPE.pppoeDiscovery || frame.etherType === ETHERTYPE.pppoeSession)
    handlePppoe(turn, iface, frame, punt.cause);
  else if (frame.etherType === ETHERTYPE.slow) handleLacp(turn, iface, frame.payload, punt.cause);
  else if (frame.etherType === ETHERTYPE.beacon) hearBeacon(turn, iface, frame.payload, punt.cause);
  else if (frame.etherType === ETHERTYPE.ha2) handleHa2Frame(turn, iface, frame.payload, 'ethernet', punt.cause);
}

/** The answer to a ping over IPv6, or an error about a packet. False: the frame is neither, or an answer to no ping. */
function hearEcho6(turn: Turn, iface: LabInterface, { payload }: EthernetFrame, cause: Position): boolean {
  const { node } = iface;
  const packet = parseIpv6Packet(payload);
  if (packet !== null && hearError6(turn, iface, packet, cause)) return true;
  const echo = packet?.nextHeader === NEXT_HEADER.icmp6 ? parseIcmp6Echo(packet.payload, packet) : null;
  return packet !== null && echo?.kind === 'reply' && pingAnswered(turn, node, packet.src, echo, cause);
}

function handleIpv4(turn: Turn, iface: LabInterface, punt: Punt): void {
  const frame = parseEthernet(punt.bytes);
  const packet = frame === null ? null : parseIpv4Packet(frame.payload);
  if (frame === null || packet === null) return;
  const link = controlLinkAt(turn.index, iface);
  if (packet.protocol === IP_PROTOCOL.icmp) {
    const echo = parseIcmpEcho(packet.payload);
    if (echo?.kind === 'request') answerEcho(turn, iface, frame, packet, echo, punt.cause);
    else if (echo?.kind === 'reply' && pingAnswered(turn, iface.node, packet.src, echo, punt.cause)) return;
    else if (echo?.kind === 'reply' && probeAnswered(turn, iface.node, packet.src, echo, punt.cause)) return;
    else if (echo?.kind === 'reply' && link !== null) handleAnswer(turn, iface.node, link, echo.seq, punt.cause);
    else if (echo?.kind === 'reply') handlePathAnswer(turn, iface, packet.src, echo.seq, punt.cause);
    else hearError(turn, iface, packet, punt.cause);
  } else if (packet.protocol === IP_PROTOCOL.tcp && link !== null) {
    const segment = parseTcp(packet.payload, 0, packet);
    if (segment === null) return;
    handleConfig(turn, iface.node, link, segment, punt.cause);
    handleSegment(turn, iface.node, link, segment, punt.cause);
  } else if (iface.mode === 'ha') {
    const message = messageIn(packet);
    if (message !== null) handleHa2Frame(turn, iface, message, 'ip', punt.cause);
  } else if (packet.protocol === IP_PROTOCOL.udp) handleDhcp(turn, iface, punt.bytes, punt.cause);
}
