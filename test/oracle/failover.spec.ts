/**
 * Which uplinks of a vSwitch are used, written twice: the host's agent (ts/engine/agents/ports/team.ts), and the oracle below, from rules
 * NOT-01 and VSW-16. Both see the same random cables fail and come back.
 *
 *   explicit failover    the first of the list that works
 *   the other policies   all that work
 *   without failback     one that comes back stands by while another is used; when none is left, the first that works takes over
 *
 * ORACLE_RUNS asks for more cases, ORACLE_SEED for others.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';

const runs = Number(process.env['ORACLE_RUNS'] ?? 40);
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

interface Case {
  /** In the order of the file. */
  readonly uplinks: readonly string[];
  readonly teaming: 'failover-order' | 'port-id' | 'source-mac' | 'ip-hash';
  readonly failback: boolean;
  /** Cables by number: each is pulled, or plugged in again. */
  readonly faults: readonly { readonly at: number; readonly up: boolean }[];
}

const cases: fc.Arbitrary<Case> = fc.record({
  uplinks: fc.shuffledSubarray(['u1', 'u2', 'u3', 'u4'], { minLength: 1 }),
  teaming: fc.constantFrom('failover-order', 'port-id', 'source-mac', 'ip-hash'),
  failback: fc.boolean(),
  faults: fc.array(fc.record({ at: fc.nat({ max: 3 }), up: fc.boolean() }), { minLength: 2, maxLength: 12, size: 'max' }),
});

/** Carrier is there four seconds after a cable (COST-09). */
const STEP_NS = seconds(6);

function textOf({ uplinks, teaming, failback }: Case): string {
  return `
name: failover
duration: 200s
topology:
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [${uplinks.join(', ')}], teaming: ${teaming}, failback: ${failback ? 'on' : 'off'} }
    g: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
${uplinks.map((name) => `    s${name}: { kind: switch }`).join('\n')}
  links:
    - endpoints: ["g:eth0", "vsw:p1"]
${uplinks.map((name) => `    - endpoints: ["vsw:${name}", "s${name}:p1"]`).join('\n')}
`;
}

/** The uplinks that are used after a cable changed, of those that work. */
function usedAfter({ uplinks, teaming, failback }: Case, before: readonly string[], working: ReadonlySet<string>): string[] {
  const able = uplinks.filter((name) => working.has(name));
  if (failback) return teaming === 'failover-order' ? able.slice(0, 1) : able;
  const left = before.filter((name) => working.has(name));
  return left.length === 0 ? able.slice(0, 1) : left;
}

/** Where both part, in words; null where they do not. */
function differenceIn(one: Case): string | null {
  const { uplinks, teaming, faults } = one;
  const run = givenFile(textOf(one)).until(seconds(1));
  const working = new Set(uplinks);
  let used = usedAfter({ ...one, failback: true }, [], working);
  const story: string[] = [];
  for (const { at, up } of faults) {
    const name = uplinks[at % uplinks.length] ?? '';
    if (up === working.has(name)) continue;
    if (up) working.add(name);
    else working.delete(name);
    story.push(`${name} ${up ? 'up' : 'down'}`);
    used = usedAfter(one, used, working);
    run.command(`link ${up ? 'up' : 'down'} vsw:${name}`).pass(STEP_NS);
    const active = run.state.uplinks['vsw'] ?? '';
    const team = uplinks.filter((uplink) => run.state.teamUplinks[`vsw:${uplink}`]?.isUsed === true);
    const seen = teaming === 'failover-order' ? [active].filter((uplink) => uplink !== '') : team;
    if ([...used].sort().join() !== [...seen].sort().join())
      return `${JSON.stringify(one)}\n${story.join(', ')}: by the rules ${used.join() || 'none'}, by the host ${seen.join() || 'none'}`;
  }
  return null;
}

test(`NOT-01, VSW-16: after ${runs} random sequences of failed cables the host uses the uplinks that the oracle says`, () => {
  const agree = fc.property(cases, (one) => differenceIn(one) === null);
  const { counterexample } = fc.check(agree, { seed, numRuns: runs });
  expect(counterexample === null ? null : differenceIn(counterexample[0])).toBeNull();
}, 180_000);
