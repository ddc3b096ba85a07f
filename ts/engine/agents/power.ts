/** Power: nodes crash and come up again, and a hypervisor takes everything that runs on it along. */
import type { Position } from '../../model/events/events.ts';
import { aggregatesOf } from '../../model/lab/aggregates.ts';
import { type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import type { Turn } from '../turn/turn.ts';
import type { Of, Verbs } from '../turn/verbs.ts';
import { abortMigrations } from './devices/migration.ts';
import { giveUpCall } from './ha/cloud.ts';
import { startHa } from './ha/ha.ts';
import { settleAggregates } from './lacp/lacp.ts';
import { startLeasing, startServer, stopLeasing } from './leases/leases.ts';
import { startFirewall } from './mac/mac-option.ts';
import { startRouterDiscovery } from './neighbours/router-discovery.ts';
import { startPacketIo } from './packet-io/packet-io.ts';
import { connectGuest, followSwitch } from './packet-io/vhost.ts';
import { startBeacons } from './ports/beacons.ts';
import { wakeForCables } from './ports/plug-in.ts';
import { announceGuest } from './ports/team.ts';
import { startDrivers } from './sr-iov/vf-driver.ts';
import { startProbes } from './traffic/probes.ts';

const POWER = {
  refusals: nodeRefusals,
  perform: (turn: Turn, { node, verb }: Of<'crash' | 'power-on'>, cause: Position) =>
    setPower(turn, node, verb === 'power-on', cause),
};

export const POWER_VERBS: Verbs<'crash' | 'power-on'> = { crash: POWER, 'power-on': POWER };

function nodeRefusals({ node, verb }: Of<'crash' | 'power-on'>, index: LabIndex, state: Readonly<LabState>): string[] {
  if (!index.nodes.has(node)) return [`no node ${node}`];
  const running = state.nodes[node]?.power === 'running';
  if (verb === 'crash') return running ? [] : [`${node} has crashed already`];
  return running ? [`${node} is running`] : [];
}

/** A hypervisor takes everything that runs on it along. */
function setPower(turn: Turn, node: string, on: boolean, cause: Position): void {
  const guests = turn.index.lab.nodes.filter((guest) => 'on' in guest && guest.on === node).map(({ name }) => name);
  for (const name of [node, ...guests]) {
    if ((turn.state.nodes[name]?.power === 'running') === on) continue;
    const position = turn.say('NodePowerChanged', cause, { node: name, power: on ? 'running' : 'crashed' });
    followSwitch(turn, name, on, position);
    if (on) {
      connectGuest(turn, name, position);
      startNode(turn, name, position);
      announceGuest(turn, name, position);
    } else {
      abortMigrations(turn, name, position);
      giveUpCall(turn, name, position);
      settleAggregates(turn, name);
      stopLeasing(turn, name, 'power', position);
      turn.forget(name);
      wakeForCables(turn, name);
    }
  }
}

/** Starts a node: at the lab's beginning, and after a crash. */
export function startNode(turn: Turn, name: string, cause: Position): void {
  if (aggregatesOf(turn.index, name).length > 0) turn.wake(name, 'lacp', turn.nowNs);
  startBeacons(turn, name, cause);
  startProbes(turn, name, cause);
  startPacketIo(turn, name, cause);
  startDrivers(turn, name, cause);
  startRouterDiscovery(turn, name, cause);
  if (nodeNamed(turn.index, name)?.kind === 'firewall') {
    startFirewall(turn, name, cause);
    startHa(turn, name, cause);
  }
  startServer(turn, name);
  startLeasing(turn, name, cause);
}
