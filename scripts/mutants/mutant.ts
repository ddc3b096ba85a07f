/**
 * Mutants: small deliberate defects, each one replacement in one function. `test/mutants/PATH.json` holds those of `PATH.ts`.
 *
 * A mutant names the function (or class, constant, `Class.member`) that it damages, and a text that is exactly once in there. So
 * changes elsewhere in the file, the same text in another function among them, leave it alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Declaration, declarationsOf } from './declarations.ts';

const FOLDER = 'test/mutants';

export interface Mutant {
  readonly name: string;
  /** The source that it damages: asm/….ts or ts/….ts. */
  readonly file: string;
  /** Where it is kept. */
  readonly kept: string;
  /** What is wrong with it, in a sentence. */
  readonly why: string;
  /** The declaration that it damages: `function`, or `Class.member`. */
  readonly in: string;
  /** Occurs exactly once in that declaration. */
  readonly find: string;
  readonly replace: string;
  /** The spec that should notice, and the beginning or a part of the names of its tests that do; '' for any. */
  readonly killedBy: { readonly spec: string; readonly test: string };
}

/** A file of test/mutants: mutants by name. */
export type MutantFile = Readonly<Record<string, Omit<Mutant, 'name' | 'file' | 'kept'>>>;

/** All mutants, by source file. @throws RangeError when two have one name. */
export function readMutants(): readonly Mutant[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  const mutants = files.sort().flatMap((path) => {
    const kept = join(FOLDER, path);
    const file = path.replace(/\.json$/, '.ts');
    const content = JSON.parse(readFileSync(kept, 'utf8')) as MutantFile;
    return Object.entries(content).map(([name, mutant]): Mutant => ({ name, file, kept, ...mutant }));
  });
  const names = new Map<string, string>();
  for (const { name, kept } of mutants) {
    const other = names.get(name);
    if (other !== undefined) throw new RangeError(`mutant ${name} is in ${other} and in ${kept}; names are unique`);
    names.set(name, kept);
  }
  return mutants;
}

/** A source with its defect. @throws RangeError when the declaration, or the text in it, is not there exactly once. */
export function mutate(source: string, mutant: Pick<Mutant, 'name' | 'file' | 'in' | 'find' | 'replace'>): string {
  const { name, file, find, replace } = mutant;
  const { from, to } = declarationCalled(mutant, source);
  const text = source.slice(from, to);
  const times = text.split(find).length - 1;
  if (times !== 1) throw new RangeError(`${name}: the text to replace is ${times} times in ${mutant.in} of ${file}, expected once`);
  return source.slice(0, from) + text.replace(find, () => replace) + source.slice(to);
}

function declarationCalled(mutant: Pick<Mutant, 'name' | 'file' | 'in'>, source: string): Declaration {
  const found = declarationsOf(source).filter(({ name }) => name === mutant.in);
  const [declaration] = found;
  if (declaration !== undefined && found.length === 1) return declaration;
  throw new RangeError(`${mutant.name}: ${mutant.file} declares ${mutant.in} ${found.length} times, expected once`);
}
