/**
 * Random aggregates between a firewall and a switch, in the engine and on the oracle (reference-lacp.ts): when which member is used.
 *
 *   fw1:eth1 ── sw1:p1
 *   fw1:eth2 ── sw1:p2      ae1 and po1
 *   fw1:eth3 ── sw1:p3
 */
import fc from 'fast-check';
import { givenFile } from '../support/lab-file.ts';
import type { Outcomes } from './play.ts';
import { type AggregateDescription, type CableChange, type LacpEnd, type MemberChange, membersUsed } from './reference-lacp.ts';

const MS = 1_000_000;
const AFTER_MS = 8000;

export interface AggregateCase {
  readonly aggregate: AggregateDescription;
  readonly cables: readonly CableChange[];
}

const end: fc.Arbitrary<LacpEnd | null> = fc.option(
  fc.record({ mode: fc.constantFrom('active', 'active', 'passive'), rate: fc.constantFrom('fast', 'slow') }),
  { freq: 6 },
);

/** Cables come and go together, or so far apart that both ends have agreed. */
export const aggregateCases: fc.Arbitrary<AggregateCase> = fc
  .record({
    aggregate: fc.record({
      cables: fc.integer({ min: 2, max: 3 }),
      firewall: end,
      channel: end,
      maxPorts: fc.constantFrom(1, 2, 8, 8),
      fastFailover: fc.boolean(),
      minLinks: fc.constantFrom(1, 1, 2),
    }),
    steps: fc.array(
      fc.tuple(
        fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 4203, max: 9000 }) }, fc.constant(0)),
        fc.nat({ max: 63 }),
        fc.boolean(),
      ),
      {
        minLength: 2,
        maxLength: 8,
      },
    ),
  })
  .map(({ aggregate, steps }) => {
    let atMs = 4200;
    const down = new Set<number>();
    const cables: CableChange[] = [];
    // What is up goes down, what is down comes up, but nothing does both in one instant.
    for (const [gapMs, choice, comes] of steps) {
      atMs += gapMs;
      const cable = comes && down.size > 0 ? ([...down][choice % down.size] ?? 1) : 1 + (choice % aggregate.cables);
      if (cables.some((one) => one.atMs === atMs && one.cable === cable)) continue;
      const up = down.delete(cable);
      if (!up) down.add(cable);
      cables.push({ atMs, cable, up });
    }
    return { aggregate, cables };
  });

/** Null when both agree; else the aggregate, what happened to it, and where they part. */
export function aggregateDifference({ aggregate, cables }: AggregateCase, outcomes: Outcomes = new Map()): string | null {
  const endMs = (cables.at(-1)?.atMs ?? 0) + AFTER_MS;
  const run = givenFile(fileOf(aggregate));
  const members = Object.entries(run.state.aggregateMembers);
  const distributing = new Set(members.filter(([, { isDistributing }]) => isDistributing).map(([member]) => member));
  for (const { atMs, cable, up } of cables) run.until(atMs * MS).command(`link ${up ? 'up' : 'down'} fw1:eth${cable}`);
  run.until(endMs * MS);
  const seen = run.said('AggregateMemberChanged').flatMap(({ data, atNs }): MemberChange[] => {
    const member = `${data.node}:${data.interface}`;
    if (distributing.has(member) === data.distributing) return [];
    if (data.distributing) distributing.add(member);
    else distributing.delete(member);
    const cable = Number(data.interface.replace(/\D/g, ''));
    return [
      {
        atMs: Math.floor(atNs / MS),
        end: data.node === 'fw1' ? 'firewall' : 'channel',
        cable,
        used: data.distributing,
        needsNews: false,
      },
    ];
  });
  const expected = membersUsed(aggregate, cables, endMs);
  for (const { data } of run.said('AggregateMemberChanged')) outcomes.set(data.reason, (outcomes.get(data.reason) ?? 0) + 1);
  if (areAlike(expected, seen)) return null;
  const story = cables.map(({ atMs, cable, up }) => `${atMs} ms cable ${cable} ${up ? 'up' : 'down'}`);
  return [JSON.stringify(aggregate), ...story, `  by the rules:  ${textOf(expected)}`, `  in the engine: ${textOf(seen)}`].join(
    '\n',
  );
}

const NEWS_MS = 1001;

/** Of each end and cable the same changes, in order. */
function areAlike(expected: readonly MemberChange[], seen: readonly MemberChange[]): boolean {
  const key = ({ end: at, cable }: MemberChange) => `${at} ${cable}`;
  return [...new Set([...expected, ...seen].map(key))].every((one) => {
    const [wanted, found] = [expected, seen].map((list) => list.filter((change) => key(change) === one)) as [
      MemberChange[],
      MemberChange[],
    ];
    return (
      wanted.length === found.length &&
      wanted.every(({ atMs, used, needsNews }, i) => {
        const lateMs = (found[i]?.atMs ?? -1) - atMs;
        return found[i]?.used === used && lateMs >= 0 && lateMs <= (needsNews ? NEWS_MS : 0);
      })
    );
  });
}

function textOf(changes: readonly MemberChange[]): string {
  const lines = changes.map(
    ({ atMs, end: at, cable, used }) => `${String(atMs).padStart(6)} ${at} ${cable} ${used ? 'used' : 'out'}`,
  );
  return lines.sort().join('; ') || 'nothing';
}

function fileOf({ cables, firewall, channel, maxPorts, fastFailover, minLinks }: AggregateDescription): string {
  const numbers = Array.from({ length: cables }, (_, i) => i + 1);
  const more = `max-ports: ${maxPorts}, fast-failover: ${fastFailover ? 'on' : 'off'}`;
  const lacp = (settings: LacpEnd | null, rest = '') =>
    settings === null ? '' : `, lacp: { mode: ${settings.mode}, rate: ${settings.rate}${rest} }`;
  return `
name: aggregate
topology:
  nodes:
    esx1: { kind: hypervisor }
    fw1:
      kind: firewall
      on: esx1
      interfaces: { ae1: { ipv4: 10.0.1.1/24 } }
      aggregates: { ae1: { members: [${numbers.map((n) => `eth${n}`).join(', ')}]${lacp(firewall, `, ${more}`)} } }
    sw1:
      kind: switch
      port-channels: { po1: { ports: [${numbers.map((n) => `p${n}`).join(', ')}], min-links: ${minLinks}${lacp(channel)} } }
  links:
${numbers.map((n) => `    - endpoints: ["fw1:eth${n}", "sw1:p${n}"]`).join('\n')}
`;
}
