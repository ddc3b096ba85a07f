/**
 * The oracle of the embedded switch of a NIC: rules VF-02 to VF-13, as plainly as TypeScript can say them. It shares no code and no
 * table with the data plane. Where the two disagree, one of them is wrong.
 *
 * Where the rules are silent it fixes the following, and the data plane must agree:
 * - Of several functions of a VLAN with one address, the one that had it first gets the frames.
 * - A frame to the sender's own address goes to the wire, unless another function has it too.
 * - A pool that only source pruning keeps from a frame leaves nothing for the default pool.
 * - Priority tags (VLAN id 0) count as no tag, and leave without one. Priority and drop-eligible bits of a tag stay.
 * - What is not the VF's own is spoof-mac before it is spoof-vlan.
 */
import type { Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';

export type FunctionName = 'pf' | 'vf0' | 'vf1' | 'vf2' | 'vf3';
export const FUNCTIONS: readonly FunctionName[] = ['pf', 'vf0', 'vf1', 'vf2', 'vf3'];

export interface PoolModel {
  receives: boolean;
  transmits: boolean;
  hasDescriptors: boolean;
  takesBroadcast: boolean;
  hashesMulticast: boolean;
  takesAllMulticast: boolean;
  isPromiscuous: boolean;
  checksSource: boolean;
  /** 0 for none. */
  portVlan: number;
  qos: number;
  vlans: Set<number>;
}

export interface NicModel {
  isVepa: boolean;
  prunes: boolean;
  isOpen: boolean;
  poolsOpen: boolean;
  hasDefaultPool: boolean;
  pools: Readonly<Record<FunctionName, PoolModel>>;
  /** Oldest first. */
  addresses: { readonly mac: Mac; readonly owner: FunctionName }[];
  multicastVectors: Set<number>;
}

export interface NicFrame {
  readonly dst: Mac;
  readonly src: Mac;
  readonly tag: VlanTag | null;
}

/** What becomes of a frame, one line per copy: "vf0 gets 10/5", "vf1 loses it, no-descriptor". */
export type Fate = string;

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export function decideNic(nic: NicModel, from: FunctionName | 'wire', frame: NicFrame): Fate[] {
  const tag = frame.tag === null || frame.tag.id === 0 ? null : frame.tag;
  return from === 'wire' ? fromWire(nic, frame, tag) : fromFunction(nic, from, frame, tag);
}

// ── VF-02, VF-06 ────────────────────────────────────────────────────────────────────────────────────────────────────

function fromWire(nic: NicModel, frame: NicFrame, tag: VlanTag | null): Fate[] {
  if (!isWantedAtAll(nic, frame.dst)) return ['wire loses it, nic-l2-filter'];
  const takers = takersOf(nic, 'wire', frame.dst, tag);
  if (takers.length === 0) return nic.hasDefaultPool ? [delivery(nic, 'pf', tag)] : ['wire loses it, no-pool'];
  const own = takers.filter((name) => nic.prunes && has(nic, name, frame.src));
  const rest = takers.filter((name) => !own.includes(name));
  return rest.length === 0 ? ['wire loses it, source-pruned'] : rest.map((name) => delivery(nic, name, tag));
}

function isWantedAtAll(nic: NicModel, dst: Mac): boolean {
  const pools = Object.values(nic.pools);
  if (dst === BROADCAST || nic.isOpen || nic.addresses.some(({ mac }) => mac === dst)) return true;
  if (isGroup(dst)) return nic.multicastVectors.has(vectorOf(dst)) || pools.some((pool) => pool.takesAllMulticast);
  return nic.poolsOpen && pools.some((pool) => pool.isPromiscuous);
}

// ── VF-05, VF-07, VF-11, VF-13 ──────────────────────────────────────────────────────────────────────────────────────

function fromFunction(nic: NicModel, from: FunctionName, frame: NicFrame, guestTag: VlanTag | null): Fate[] {
  const pool = nic.pools[from];
  if (!pool.transmits) return [`${from} loses it, vf-link-disabled`];
  if (pool.portVlan !== 0 && guestTag !== null) return [`${from} loses it, tagged-under-port-vlan`];
  const tag = pool.portVlan === 0 ? guestTag : { id: pool.portVlan, priority: pool.qos, isDropEligible: false };
  if (pool.checksSource && !has(nic, from, frame.src)) return [`${from} loses it, spoof-mac`];
  if (pool.checksSource && !pool.vlans.has(tag?.id ?? 0)) return [`${from} loses it, spoof-vlan`];

  const out = `wire gets ${tagText(tag)}`;
  if (nic.isVepa) return [out];
  const takers = takersOf(nic, from, frame.dst, tag);
  if (isGroup(frame.dst)) return [...takers.map((name) => delivery(nic, name, tag)), out];
  // Promiscuous pools see what passes between functions, not what goes to the wire.
  const isLocal = ownerOf(nic, from, frame.dst, tag) !== null;
  return isLocal ? takers.map((name) => delivery(nic, name, tag)) : [out];
}

// ── Who takes a frame ───────────────────────────────────────────────────────────────────────────────────────────────

function takersOf(nic: NicModel, from: FunctionName | 'wire', dst: Mac, tag: VlanTag | null): FunctionName[] {
  const owner = ownerOf(nic, from, dst, tag);
  return FUNCTIONS.filter((name) => {
    const pool = nic.pools[name];
    if (name === from || !pool.vlans.has(tag?.id ?? 0)) return false;
    if (dst === BROADCAST) return pool.takesBroadcast;
    if (!isGroup(dst)) return name === owner || pool.isPromiscuous;
    const isHit = pool.hashesMulticast && nic.multicastVectors.has(vectorOf(dst));
    return isHit || pool.takesAllMulticast || has(nic, name, dst);
  });
}

function ownerOf(nic: NicModel, from: FunctionName | 'wire', dst: Mac, tag: VlanTag | null): FunctionName | null {
  const candidates = nic.addresses.filter(({ mac, owner }) => mac === dst && owner !== from);
  return candidates.find(({ owner }) => nic.pools[owner].vlans.has(tag?.id ?? 0))?.owner ?? null;
}

function has(nic: NicModel, name: FunctionName, address: Mac): boolean {
  return nic.addresses.some(({ mac, owner }) => owner === name && mac === address);
}

/** VF-11, VF-13, VF-15. */
function delivery(nic: NicModel, name: FunctionName, tag: VlanTag | null): Fate {
  const pool = nic.pools[name];
  if (!pool.receives) return `${name} loses it, pool-rx-disabled`;
  if (!pool.hasDescriptors) return `${name} loses it, no-descriptor`;
  return `${name} gets ${tagText(pool.portVlan === 0 ? tag : null)}`;
}

export function tagText(tag: VlanTag | null): string {
  return tag === null
    ? 'it untagged'
    : `it in VLAN ${tag.id}, priority ${tag.priority}${tag.isDropEligible ? ', drop eligible' : ''}`;
}

function isGroup(mac: Mac): boolean {
  return Number.parseInt(mac.slice(0, 2), 16) % 2 === 1;
}

/** VF-10: by the formula of the rule, from the text of the address. */
function vectorOf(mac: Mac): number {
  const [, , , , fifth = 0, sixth = 0] = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  return ((fifth >> 4) | (sixth << 4)) & 0xfff;
}
