/**
 * MACs that a picture follows by a letter, through all of a lab: those that firewalls of HA pairs use, or else all firewalls, or else all
 * guests; and those that moved between ports of a switch. From the whole history, so that a letter means one MAC at every moment.
 */
import type { EventData, EventType, LabEvent } from '../model/events/events.ts';
import { type Endpoint, endpointOf, type NodeName } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { Lab } from '../model/lab/lab.ts';
import { evolve, initialState } from '../model/state/lab-state.ts';
import { hostOf } from './places.ts';

/** As many as there are letters. */
export const FOLLOWED_MAX = 26;

/** Events of other types say nothing of MACs. */
export const TOLD_BY: ReadonlySet<EventType> = new Set(['LabDefined', 'MacMoved', 'MacAddressChanged']);

/** Takes a lab's events in order, and keeps the MACs alone. */
export class MacFollower {
  /** By interface: what it uses when the lab has begun. */
  readonly #first = new Map<Endpoint, string>();
  readonly #later: string[] = [];
  #owners: ReadonlySet<NodeName> = new Set();

  add(event: LabEvent): void {
    if (event.type === 'LabDefined') this.#define(event);
    if (event.type === 'MacMoved') this.#later.push(event.data.mac);
    if (event.type === 'MacAddressChanged' && event.data.which === 'used') this.#use(event.data, event.atNs);
  }

  /** In the order in which they were first used; at most FOLLOWED_MAX. */
  macs(): readonly string[] {
    const macs = new Set([...this.#first.values(), ...this.#later]);
    return [...macs].filter((mac) => mac !== '').slice(0, FOLLOWED_MAX);
  }

  #define(event: LabEvent): void {
    const state = initialState();
    evolve(state, event);
    if (state.lab === null) return;
    this.#owners = ownersIn(state.lab);
    for (const iface of followedInterfaces(state.lab, this.#owners)) this.#first.set(endpointOf(iface), iface.mac ?? '');
  }

  /** What the definition gives an interface and its role takes away in the same instant, nobody ever uses. */
  #use({ node, interface: name, new: mac }: EventData['MacAddressChanged'], atNs: number): void {
    if (!this.#owners.has(node)) return;
    const endpoint = `${node}:${name}`;
    if (atNs === 0 && this.#first.has(endpoint)) this.#first.set(endpoint, mac);
    else this.#later.push(mac);
  }
}

/** The MACs to follow in a history. */
export function followedMacs(events: Iterable<LabEvent>): readonly string[] {
  const follower = new MacFollower();
  for (const event of events) follower.add(event);
  return follower.macs();
}

/** The MACs to follow in a lab that has not run. */
export function definedMacs(lab: Lab): readonly string[] {
  const macs = followedInterfaces(lab, ownersIn(lab)).map(({ mac }) => mac ?? '');
  return [...new Set(macs)].filter((mac) => mac !== '').slice(0, FOLLOWED_MAX);
}

/** Data interfaces with a cable. */
function followedInterfaces(lab: Lab, owners: ReadonlySet<NodeName>): readonly LabInterface[] {
  const cabled = new Set(lab.links.flatMap(({ a, b }) => [a, b]));
  return lab.interfaces.filter((iface) => {
    const isData = iface.mode !== 'ha' && iface.mode !== 'member' && iface.parent === undefined;
    return owners.has(iface.node) && isData && cabled.has(endpointOf(iface));
  });
}

function ownersIn({ nodes, haPairs }: Lab): ReadonlySet<NodeName> {
  const units = haPairs.flatMap(({ members }) => members.map(({ node }) => node));
  if (units.length > 0) return new Set(units);
  const firewalls = nodes.filter(({ kind }) => kind === 'firewall');
  const guests = nodes.filter((node) => node.kind === 'host' && hostOf(node) !== null);
  return new Set((firewalls.length > 0 ? firewalls : guests).map(({ name }) => name));
}
