/** A scene as it is published: what `graph -f json` prints. */
import type { Scene, SceneLine, SceneLink, SceneNode, ScenePort } from '../../picture/scene.ts';

export function publishScene(lab: string, { position, atNs, nodes, links, vlans, macs }: Scene) {
  return { lab, position, atNs, nodes: nodes.map(publishNode), links: links.map(publishLink), vlans, macs };
}

function publishNode({ name, kind, on, isRunning, role, movesTo, ports, otherPorts, drops }: SceneNode) {
  const power = isRunning ? 'running' : 'crashed';
  return { node: name, kind, on, power, role, movesTo, interfaces: ports.map(publishPort), otherInterfaces: otherPorts, drops };
}

function publishPort({ name, isUp, isActiveUplink, ...port }: ScenePort) {
  return { interface: name, state: isUp ? 'up' : 'down', activeUplink: isActiveUplink, ...port };
}

function publishLink({ link, a, b, isPlugged, isUp, vlan, rateBps, fromA, fromB }: SceneLink) {
  const line = (from: string, { impairment, loadBps }: SceneLine) => ({ from, impairment, loadBps });
  return { link, a, b, plugged: isPlugged, state: isUp ? 'up' : 'down', vlan, rateBps, lines: [line(a, fromA), line(b, fromB)] };
}
