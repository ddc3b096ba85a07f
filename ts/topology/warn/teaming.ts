/** Warnings about teams of uplinks (rule VSW-16): policies that the physical switches must know of, and failures that nobody detects. */
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { VSwitch } from '../../model/lab/nodes.ts';
import { BEACON_UPLINKS_MIN } from '../../model/lab/teaming.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';
import { commandsOf } from './steps.ts';

/** Without a policy a second uplink adds no bandwidth. */
export function uplinksStandBy(view: LabView): Problem[] {
  return teamsOf(view).flatMap((node) => {
    const [first, ...others] = node.uplinks;
    if (node.teaming !== undefined || view.draft.nodes.get(node.name)?.raw.teaming !== undefined) return [];
    return [
      {
        place: atProperty(view, node.name, 'uplinks'),
        message: `${node.name} has no teaming policy: all its frames leave by ${first}, ${others.join(', ')} only take${others.length === 1 ? 's' : ''} over when it fails`,
        rule: 'NOT-01',
        remedy: 'count on the rate of one uplink, or add teaming: port-id; teaming: failover-order says that it is meant',
      },
    ];
  });
}

/** IP hash sends one guest's frames by all uplinks: physical ports that are no channel see its MAC move with each conversation. */
export function ipHashNeedsAChannel(view: LabView): Problem[] {
  const interfaces = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  return teamsOf(view).flatMap((node) => {
    if (node.teaming !== 'ip-hash') return [];
    const peers = node.uplinks.flatMap((name) => interfaces.get(view.draft.peers.get(`${node.name}:${name}`) ?? '') ?? []);
    const channels = new Set(
      peers.map((peer) => (peer.memberOf === undefined ? endpointOf(peer) : `${peer.node}:${peer.memberOf}`)),
    );
    if (channels.size < 2) return [];
    const message = `${node.name} chooses uplinks by IP hash, but ${[...channels].join(' and ')} are no channel: its guests' MACs move from one to the other, and frames for them are dropped or flooded`;
    const remedy = `make ${peers.map(endpointOf).join(' and ')} one static port channel, or use teaming: port-id`;
    return [{ place: atProperty(view, node.name, 'teaming'), message, rule: 'VSW-16', remedy }];
  });
}

/** Two uplinks that do not hear each other cannot tell which of them failed. */
export function beaconsNeedThreeUplinks(view: LabView): Problem[] {
  return vswitchesOf(view).flatMap((node) => {
    if (node.probesBeacons !== true) return [];
    const place = atProperty(view, node.name, 'detection');
    if (node.teaming === 'ip-hash') {
      const message = `${node.name} probes with beacons and chooses uplinks by IP hash: in a channel the beacons come by any uplink, or by none`;
      return [{ place, message, rule: 'VSW-16', remedy: 'use detection: link' }];
    }
    if (node.uplinks.length >= BEACON_UPLINKS_MIN) return [];
    const message = `${node.name} probes with beacons and has ${node.uplinks.length === 1 ? 'one uplink' : `${node.uplinks.length} uplinks`}: nobody can tell which of two failed`;
    return [{ place, message, rule: 'VSW-16', remedy: 'give it three uplinks, or use detection: link' }];
  });
}

/** A cable further on that a step pulls: the uplink keeps its carrier, and the vSwitch goes on sending by it. */
export function nobodySeesFailuresFurtherOn(view: LabView): Problem[] {
  return teamsOf(view).flatMap((node) => {
    if (node.probesBeacons === true) return [];
    const behind = new Set(node.uplinks.map((name) => splitEndpoint(view.draft.peers.get(`${node.name}:${name}`) ?? '').node));
    const cut = commandsOf(view).find(
      (command) => command.verb === 'link' && !command.up && isFurtherOn(view, command.endpoint, behind),
    );
    if (cut?.verb !== 'link') return [];
    const message = `"link down ${cut.endpoint}" leaves the carrier of ${node.name}'s uplinks as it is: what ${node.name} sends by that switch is lost, and nobody notices`;
    const remedy = 'use detection: beacon, with three uplinks';
    return [{ place: atProperty(view, node.name, 'uplinks'), message, rule: 'VSW-16', remedy }];
  });
}

/** Whether a cable leads from a switch behind an uplink to another switch. */
function isFurtherOn(view: LabView, endpoint: string, behind: ReadonlySet<string>): boolean {
  const ends = [endpoint, view.draft.peers.get(endpoint) ?? ''].map((end) => splitEndpoint(end).node);
  const isSwitch = (node: string): boolean => view.nodes.get(node)?.kind === 'switch';
  return ends.every(isSwitch) && ends.some((node) => behind.has(node));
}

function teamsOf(view: LabView): VSwitch[] {
  return vswitchesOf(view).filter(({ uplinks }) => uplinks.length > 1);
}

function vswitchesOf(view: LabView): VSwitch[] {
  return view.lab.nodes.filter((node): node is VSwitch => node.kind === 'vswitch');
}
