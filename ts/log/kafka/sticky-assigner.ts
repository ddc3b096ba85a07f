/**
 * Assigns the partitions of the command topic to controllers: as few as possible move, and the numbers per controller differ by at
 * most one.
 *
 * A partition that moves costs all of its labs a rebuild from snapshot and log, so kafkajs' own assigner (round-robin, all anew
 * at every change) will not do. Each member says what it owns when it joins; the group's leader decides with the pure function below.
 */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

export interface Member {
  readonly id: string;
  /** The partitions that it claims to own: it may be wrong, and others may claim the same. */
  readonly owned: readonly number[];
}

/**
 * Assigns each partition from 0 to one member, by the members' ids and what they own and nothing else. Members keep what
 * they own up to their share; of those who claim the same partition the first by id keeps it.
 */
export function assignSticky(partitions: number, members: readonly Member[]): ReadonlyMap<string, readonly number[]> {
  const claims = claimsOf(partitions, members);
  const shares = sharesOf(partitions, claims);
  const assigned = new Map([...claims].map(([id, owned]): [string, number[]] => [id, owned.slice(0, shares.get(id) ?? 0)]));
  const taken = new Set([...assigned.values()].flat());
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !taken.has(partition));
  for (const [id, owned] of assigned) {
    owned.push(...free.splice(0, (shares.get(id) ?? 0) - owned.length));
    owned.sort((a, b) => a - b);
  }
  return assigned;
}

/** The partitions that each member owns without dispute, by id. */
function claimsOf(partitions: number, members: readonly Member[]): ReadonlyMap<string, readonly number[]> {
  const claimed = new Set<number>();
  const claims = new Map<string, number[]>();
  for (const { id, owned } of [...members].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const own = [...new Set(owned)].filter((partition) => partition >= 0 && partition < partitions && !claimed.has(partition));
    for (const partition of own) claimed.add(partition);
    claims.set(
      id,
      own.sort((a, b) => a - b),
    );
  }
  return claims;
}

/** Number of partitions for each member. If they cannot be equal, the members that own most get one more, so that fewer move. */
function sharesOf(partitions: number, claims: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, number> {
  const least = Math.floor(partitions / claims.size);
  const byWealth = [...claims].sort(([a, ours], [b, theirs]) => theirs.length - ours.length || (a < b ? -1 : 1));
  return new Map(byWealth.map(([id], index) => [id, index < partitions % claims.size ? least + 1 : least]));
}

/** The assigner for kafkajs. `owned` is asked at each join. */
export function stickyAssigner(topic: string, partitions: number, owned: () => readonly number[]): PartitionAssigner {
  const version = 1;
  const name = 'switchback-sticky';
  return () => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics, userData: Buffer.from(JSON.stringify(owned())) }),
    }),
    assign: ({ members }) => {
      const claims = members.map(({ memberId, memberMetadata }) => ({ id: memberId, owned: ownedIn(memberMetadata) }));
      const assigned = assignSticky(partitions, claims);
      return Promise.resolve(
        [...assigned].map(([memberId, own]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version, assignment: { [topic]: [...own] }, userData: Buffer.alloc(0) }),
        })),
      );
    },
  });
}

/** The partitions that a member claims to own; none if its metadata cannot be read. */
function ownedIn(metadata: Buffer): readonly number[] {
  try {
    const owned: unknown = JSON.parse(MemberMetadata.decode(metadata)?.userData.toString('utf8') ?? '[]');
    return Array.isArray(owned) ? owned.filter((partition): partition is number => Number.isInteger(partition)) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
