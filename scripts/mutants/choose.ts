/** Which mutants are tried: those named, those that a change touches, a sample, or all. */
import { execFileSync } from 'node:child_process';
import type { Mutant } from './mutant.ts';

export interface Choice {
  readonly names: readonly string[];
  readonly all: boolean;
  /** Paths that changed; null when it does not matter what changed. */
  readonly changed: ReadonlySet<string> | null;
  /** How many of the others are tried as well, drawn by `seed`. */
  readonly sample: number;
  /** No more than these in all, those named apart: after a large change they are drawn by `seed`, too. Absent for as many as there are. */
  readonly most?: number;
  readonly seed: number;
}

/** The chosen mutants, in their order. @throws RangeError for a name that no mutant has. */
export function choose(mutants: readonly Mutant[], choice: Choice): readonly Mutant[] {
  const unknown = choice.names.filter((name) => !mutants.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new RangeError(`no mutant is called ${unknown.join(' or ')}`);
  const isWanted = (mutant: Mutant) =>
    choice.all || choice.names.includes(mutant.name) || (choice.changed !== null && isTouched(mutant, choice.changed));
  const wanted = new Set(mutants.filter(isWanted));
  if (choice.most !== undefined && wanted.size > choice.most) return bounded(mutants, wanted, choice, choice.most);
  const others = mutants.filter((mutant) => !wanted.has(mutant));
  const room = (choice.most ?? mutants.length) - wanted.size;
  for (const mutant of drawn(others, Math.min(room, choice.sample), choice.seed)) wanted.add(mutant);
  return mutants.filter((mutant) => wanted.has(mutant));
}

/** Those named, and so many of the other wanted ones that there are `most`. */
function bounded(
  mutants: readonly Mutant[],
  wanted: ReadonlySet<Mutant>,
  { names, seed }: Choice,
  most: number,
): readonly Mutant[] {
  const named = mutants.filter(({ name }) => names.includes(name));
  const others = [...wanted].filter((mutant) => !named.includes(mutant));
  const kept = new Set([...named, ...drawn(others, Math.max(0, most - named.length), seed)]);
  return mutants.filter((mutant) => kept.has(mutant));
}

/** Its source changed, or the spec that should notice, or the mutant itself. */
function isTouched({ file, kept, killedBy }: Mutant, changed: ReadonlySet<string>): boolean {
  return changed.has(file) || changed.has(kept) || changed.has(killedBy.spec);
}

/** So many of them, by a seed: always the same ones. */
function drawn<T>(values: readonly T[], count: number, seed: number): readonly T[] {
  const left = [...values];
  // xorshift32 (Marsaglia 2003), whose state must not be 0.
  let state = seed >>> 0 || 1;
  return Array.from({ length: Math.min(count, values.length) }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return left.splice((state >>> 0) % left.length, 1);
  }).flat();
}

/**
 * The commit that a change is told from when nobody says: where this branch left main, or on main itself the landing before
 * (its first parent). Null in a clone that has neither.
 */
export function defaultBase(): string | null {
  const head = commit('HEAD');
  for (const main of ['origin/main', 'main']) {
    const fork = git('merge-base', 'HEAD', main);
    if (fork !== null && fork !== head) return fork;
  }
  return commit('HEAD^1');
}

/** Files that differ between a commit and the working copy, those that git does not know yet among them. @throws RangeError */
export function changedSince(base: string): ReadonlySet<string> {
  const differing = commit(base) === null ? null : git('diff', '--name-only', '--no-renames', base);
  if (differing === null) throw new RangeError(`${base} is no commit here`);
  const unknown = git('ls-files', '--others', '--exclude-standard') ?? '';
  return new Set(`${differing}\n${unknown}`.split('\n').filter((path) => path !== ''));
}

/** A seed that every commit has of its own, so that CI tries others each time and anyone can repeat it. */
export function seedOfHead(): number {
  return Number.parseInt((commit('HEAD') ?? '1').slice(0, 8), 16);
}

function commit(name: string): string | null {
  return git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
}

/** What git prints, or null when it refuses. */
function git(...args: readonly string[]): string | null {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 }).trim();
  } catch {
    return null;
  }
}
