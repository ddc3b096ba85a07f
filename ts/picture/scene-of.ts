/** A moment's state as a scene. Pure; recorded state is enough, derived state adds tables and load. */
import type { Derived } from '../engine/derived.ts';
import { type Endpoint, endpointOf, type NodeName, splitEndpoint } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { Lab } from '../model/lab/lab.ts';
import { indexLab, type LabIndex, nodeNamed } from '../model/lab/lab-index.ts';
import { type Impairment, type LabLink, UNIMPAIRED } from '../model/lab/links.ts';
import { isGuest, type LabNode } from '../model/lab/nodes.ts';
import { subinterfacesOf } from '../model/lab/subinterface.ts';
import type { DropState } from '../model/state/drop-state.ts';
import type { LabState } from '../model/state/lab-state.ts';
import { groupBy } from '../values/group-by.ts';
import { definedMacs } from './followed-macs.ts';
import { hostOf, placesOf } from './places.ts';
import type { Scene, SceneDrop, SceneLine, SceneLink, SceneMac, SceneNode, ScenePort } from './scene.ts';

/** What is read of derived state. */
export type SceneDerived = Pick<Derived, 'atNs' | 'interfaces' | 'tables'>;

export interface Moment {
  readonly state: LabState;
  /** Null without re-execution: then nobody knows what switches believe. */
  readonly derived: SceneDerived | null;
  /** A little before: the load of lines is what they carried since then. */
  readonly before?: Pick<Derived, 'atNs' | 'interfaces'> | null;
  /** MACs to follow (`followedMacs`); those of the definition without. */
  readonly followed?: readonly string[];
}

const NS_PER_SECOND = 1e9;
const BITS = 8;
const UNTAGGED_VLAN = 1;
const VLAN_MAX = 4094;

/** What is asked again and again of a moment. */
interface Look extends Moment {
  readonly lab: Lab;
  readonly index: LabIndex;
  readonly letters: ReadonlyMap<string, string>;
  readonly drops: ReadonlyMap<string, readonly DropState[]>;
  readonly believed: ReadonlyMap<Endpoint, readonly string[]>;
}

/** The scene of a moment. A lab that is not defined yet has nothing in it. */
export function sceneOf(moment: Moment): Scene {
  const { state } = moment;
  const { position, lab } = state;
  // The last event may have happened before the moment.
  const atNs = Math.max(state.atNs, moment.derived?.atNs ?? 0);
  if (lab === null) return { position, atNs, nodes: [], links: [], vlans: [], macs: [] };
  const followed = moment.followed ?? definedMacs(state.defined ?? lab);
  const letters = new Map(followed.map((mac, number) => [mac, letterOf(number)]));
  const index = indexLab(lab, state.devices);
  const look: Look = { ...moment, lab, index, letters, drops: dropsByPlace(state), believed: believedBy(moment.derived, letters) };
  const { ports } = placesOf(state.defined ?? lab);
  const nodes = lab.nodes.map((node) => nodeScene(look, node, ports.get(node.name) ?? []));
  const vlans = lab.interfaces.map(({ vlan }) => vlan).filter((vlan) => vlan > UNTAGGED_VLAN && vlan <= VLAN_MAX);
  return {
    position,
    atNs,
    nodes,
    links: linkScenes(look),
    vlans: [...new Set(vlans)].sort((a, b) => a - b),
    macs: followed.map((mac): SceneMac => ({ letter: letters.get(mac) ?? '', mac, usedBy: usersOf(look, mac) })),
  };
}

/** A, B, C and on. */
function letterOf(number: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + number);
}

/** Interfaces of end hosts, routers and firewalls that use a MAC; members of aggregates and subinterfaces are told by what they belong to. */
function usersOf({ state, lab, index }: Look, mac: string): readonly Endpoint[] {
  const users = lab.interfaces.filter(({ node, mode, parent }) => {
    return mode !== 'member' && parent === undefined && isGuest(nodeNamed(index, node));
  });
  return users.map(endpointOf).filter((endpoint) => state.interfaces[endpoint]?.usedMac === mac);
}

/** Runs of drops by "node:interface"; those of a node itself by "node:". */
function dropsByPlace({ drops }: LabState): ReadonlyMap<string, readonly DropState[]> {
  return groupBy(Object.values(drops), ({ node, interface: name }) => `${node}:${name}`);
}

/** Letters of the MACs that switches believe to be behind their ports. */
function believedBy(derived: SceneDerived | null, letters: ReadonlyMap<string, string>): ReadonlyMap<Endpoint, readonly string[]> {
  const rows = (derived?.tables ?? []).filter(({ mac }) => letters.has(mac));
  const byPort = groupBy(rows, ({ node, interface: name }) => `${node}:${name}`);
  const lettersOf = (macs: readonly { readonly mac: string }[]): string[] => {
    return [...new Set(macs.map(({ mac }) => letters.get(mac) ?? ''))].sort();
  };
  return new Map([...byPort].map(([port, macs]) => [port, lettersOf(macs)]));
}

function nodeScene(look: Look, node: LabNode, drawn: readonly LabInterface[]): SceneNode {
  const { state, index } = look;
  const own = index.byNode.get(node.name) ?? [];
  const names = new Set(drawn.map(({ name }) => name));
  const others = own.filter(({ name }) => !names.has(name));
  return {
    name: node.name,
    kind: node.kind,
    on: hostOf(node),
    isRunning: state.nodes[node.name]?.power !== 'crashed',
    role: state.ha[node.name]?.state ?? null,
    movesTo: state.migrations[node.name]?.to ?? '',
    ports: own.filter(({ name }) => names.has(name)).map((iface) => portScene(look, iface)),
    otherPorts: others.length,
    drops: summed(['', ...others.map(({ name }) => name)].flatMap((name) => look.drops.get(`${node.name}:${name}`) ?? [])),
  };
}

function portScene(look: Look, iface: LabInterface): ScenePort {
  const { state, index, letters } = look;
  const endpoint = endpointOf(iface);
  const now = state.interfaces[endpoint];
  const tags = subinterfacesOf(index, endpoint).map(({ vlan }) => vlan);
  return {
    name: iface.name,
    mode: iface.mode,
    vlan: iface.vlan,
    isUp: isUp(state, endpoint, iface.node),
    status: state.functions[endpoint]?.status ?? now?.portState ?? 'forwarding',
    mac: now?.usedMac ?? '',
    isActiveUplink: iface.mode === 'uplink' && state.uplinks[iface.node] === iface.name,
    aggregate: iface.memberOf ?? '',
    tags: [...new Set(tags)].sort((a, b) => a - b),
    // A port of a switch or a function has its guest's MAC, but does not use it.
    uses: isGuest(nodeNamed(index, iface.node)) ? (letters.get(now?.usedMac ?? '') ?? '') : '',
    believes: look.believed.get(endpoint) ?? [],
    drops: summed(look.drops.get(endpoint) ?? []),
  };
}

/** An interface without power is down, whatever its carrier was. */
function isUp(state: LabState, endpoint: Endpoint, node: NodeName): boolean {
  return state.nodes[node]?.power !== 'crashed' && state.interfaces[endpoint]?.isUp !== false;
}

/** Drops by reason and cause, most frames first. */
function summed(drops: readonly DropState[]): readonly SceneDrop[] {
  const runs = [...groupBy(drops, ({ reason, cause }) => `${cause} ${reason}`).values()];
  const sums = runs.flatMap((run): SceneDrop[] => {
    const [first] = run;
    if (first === undefined) return [];
    return [{ reason: first.reason, cause: first.cause, frames: run.reduce((sum, { frames }) => sum + frames, 0) }];
  });
  return sums.sort((a, b) => b.frames - a.frames || a.cause - b.cause || (a.reason < b.reason ? -1 : 1));
}

function linkScenes(look: Look): readonly SceneLink[] {
  const { state, lab, index, derived, before } = look;
  const plugged = new Set(index.links.values());
  const vlans = new Map(lab.interfaces.map((iface) => [endpointOf(iface), vlanAt(iface)]));
  const loads = loadsOf(derived, before ?? null);
  return lab.links.map((link, number): SceneLink => {
    const { a, b, rateBps } = link;
    const isPlugged = plugged.has(number);
    const line = (end: Endpoint): SceneLine => ({
      impairment: impairmentOf(state.interfaces[end]?.line ?? UNIMPAIRED),
      loadBps: isPlugged ? (loads.get(end) ?? null) : null,
    });
    return {
      link: number,
      a,
      b,
      isPlugged,
      isUp: isPlugged && [a, b].every((end) => isUp(state, end, splitEndpoint(end).node)),
      vlan: vlanOf(link, vlans),
      rateBps,
      fromA: line(a),
      fromB: line(b),
    };
  });
}

/** The VLAN of untagged frames at a port; 0 where the port says nothing of VLANs. */
function vlanAt({ mode, vlan }: LabInterface): number {
  const isPort = mode === 'port' || mode === 'uplink' || mode === 'vf';
  return isPort && vlan > UNTAGGED_VLAN && vlan <= VLAN_MAX ? vlan : 0;
}

function vlanOf({ a, b }: LabLink, vlans: ReadonlyMap<Endpoint, number>): number {
  const [one, other] = [vlans.get(a) ?? 0, vlans.get(b) ?? 0];
  return one === 0 || one === other ? other : other === 0 ? one : 0;
}

function impairmentOf(line: Impairment): Impairment | null {
  const { delayNs, jitterNs, lossPpm, corruptionPpm, rateBps } = line;
  return delayNs + jitterNs + lossPpm + corruptionPpm + rateBps === 0 ? null : line;
}

/** Bits per second that left each interface between two moments; nothing where there is only one. */
function loadsOf(now: SceneDerived | null, before: Moment['before']): ReadonlyMap<Endpoint, number> {
  if (now === null || before === null || before === undefined || now.atNs <= before.atNs) return new Map();
  const seconds = (now.atNs - before.atNs) / NS_PER_SECOND;
  const earlier = new Map(before.interfaces.map(({ interface: name, txBytes }) => [name, txBytes]));
  return new Map(
    now.interfaces.map(({ interface: name, txBytes }) => {
      return [name, Math.round((Math.max(0, txBytes - (earlier.get(name) ?? 0)) * BITS) / seconds)] as const;
    }),
  );
}
