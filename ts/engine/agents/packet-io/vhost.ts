/**
 * vhost-user between a switch with a DPDK datapath and its guests (rule HST-04). The end that connects can connect again: a client port comes
 * back with its switch; a server port waits for its guest's next start, because only then the guest's side connects.
 *
 * The guest's memory must be shared huge pages, because the switch reads and writes its rings there (OVS, "DPDK vHost User Ports", on
 * `memory-backend-file` with `share=on`).
 *
 * Decision someone may dispute: what comes back brings the link up, also one that an operator had taken down before.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { interfaceAt } from '../../../model/lab/lab-index.ts';
import type { Turn } from '../../turn/turn.ts';
import { setCarrier } from '../ports/carrier.ts';

type Reason = EventData['VhostPortChanged']['reason'];

/** The lab begins: a port to a guest without shared memory has no rings to connect to, and never will have. */
export function refuseUnshared(turn: Turn, node: string, cause: Position): void {
  for (const port of turn.index.byNode.get(node) ?? []) {
    if (port.lacksSharedMemory) setConnected(turn, port, false, 'no-shared-memory', cause);
  }
}

/** A switch lost power, or has it again. */
export function followSwitch(turn: Turn, node: string, isOn: boolean, cause: Position): void {
  for (const port of turn.index.byNode.get(node) ?? []) {
    if (port.vhost === undefined || (isOn && (port.vhost === 'server' || port.lacksSharedMemory))) continue;
    setConnected(turn, port, isOn, isOn ? 'switch-started' : 'switch-stopped', cause);
  }
}

/** A guest starts: its side connects to server ports whose switch runs. */
export function connectGuest(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const port = interfaceAt(turn.index, turn.index.peers.get(endpointOf(iface)) ?? '');
    if (port?.vhost === 'server' && !port.lacksSharedMemory && turn.state.nodes[port.node]?.power === 'running') {
      setConnected(turn, port, true, 'guest-started', cause);
    }
  }
}

function setConnected(turn: Turn, port: LabInterface, connected: boolean, reason: Reason, cause: Position): void {
  const endpoint = endpointOf(port);
  if (turn.state.vhost[endpoint] === connected) return;
  const { node, name } = splitEndpoint(endpoint);
  const position = turn.say('VhostPortChanged', cause, { node, interface: name, connected, reason });
  setCarrier(turn, endpoint, connected, position);
  const guest = turn.index.peers.get(endpoint);
  // A NIC that is not there has no carrier.
  if (guest !== undefined && turn.state.drivers[guest]?.isPlugged !== false) setCarrier(turn, guest, connected, position);
}
