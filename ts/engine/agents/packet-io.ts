/** A firewall's packet I/O: which mode it runs, selected when it starts (rules IOM-01 to IOM-04). */
import type { Position } from '../../model/events.ts';
import { attachmentOf, guestDriver, OWN_VNIC, platformOf } from '../../model/guest-driver.ts';
import type { LabInterface } from '../../model/lab.ts';
import { MANAGEMENT, nodeNamed } from '../../model/lab-index.ts';
import { type PacketIoChoice, selectPacketIo } from '../../model/packet-io.ts';
import type { Turn } from '../turn.ts';

/** Dataplane and HA interfaces: management takes no part (rule IOM-02). */
function packetInterfaces(turn: Turn, node: string): LabInterface[] {
  return (turn.index.byNode.get(node) ?? []).filter(({ name }) => name !== MANAGEMENT);
}

function choiceFor(turn: Turn, node: string): PacketIoChoice {
  const firewall = nodeNamed(turn.index, node);
  const haMode = firewall?.kind === 'firewall' ? (firewall.haMode ?? null) : null;
  const nics = packetInterfaces(turn, node).map((iface) => ({
    interface: iface.name,
    driver: guestDriver(attachmentOf(turn.index, iface), iface.vnic ?? OWN_VNIC),
  }));
  return selectPacketIo(turn.state.packetIo[node]?.setting ?? 'dpdk', platformOf(turn.index, node), haMode, nics);
}

/** A firewall starts: its setting and its NICs decide the mode. */
export function startPacketIo(turn: Turn, node: string, cause: Position): void {
  if (turn.state.packetIo[node] === undefined) return;
  turn.say('PacketIoModeSelected', cause, { node, ...choiceFor(turn, node) });
}
