/**
 * The reference in docs/library.md: the declarations of what the package gives, as the compiler writes them, their comments included. The
 * build writes it, so CI sees when it is not current. `npm run library-page` writes it alone, from dist/.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/library.md');
const BEGIN = '<!-- reference -->';
const END = '<!-- /reference -->';

/** What is public, by entry: programs name the entry. A name that an earlier entry gives from the same file is not shown again. */
const ENTRIES = [
  { file: 'ts/library/index.ts', name: 'switchback-lab' },
  { file: 'ts/library/browser.ts', name: 'switchback-lab/browser' },
  { file: 'ts/library/vitest.ts', name: 'switchback-lab/vitest' },
] as const;
/** Pages of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = { EventData: 'Fields of every event, by its type: [events.md](events.md).' };

interface Declared {
  readonly name: string;
  /** Its declaration with the comment before it; null when it is on another page. */
  readonly text: string | null;
}

/** Reads declarations: "ts/library/index.ts" is dist/ts/library/index.d.ts. */
type Read = (file: string) => string;

/** The reference as Markdown. */
export function reference(read: Read): string {
  const shown = new Set<string>();
  const parts = ENTRIES.map(({ file, name }) => {
    const own = exportsOf(read, file).flatMap((one) => withParents(read, one));
    const fresh = own.filter(({ from, name: symbol }) => !shown.has(`${from} ${symbol}`) && shown.add(`${from} ${symbol}`));
    const again = own.length > fresh.length ? '\n\nBesides, what `switchback-lab` gives, with this `Lab`.' : '';
    return [`### ${name}${again}`, ...fresh.map(({ from, name: symbol }) => section(declared(read, from, symbol)))].join('\n\n');
  });
  return parts.join('\n\n');
}

interface Export {
  readonly from: string;
  readonly name: string;
}

/** The names that an entry gives, each with the file that declares it, in the order of the entry: values first. */
function exportsOf(read: Read, file: string): Export[] {
  const source = read(file);
  const lists = [...source.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)';/gm)].flatMap(([, type, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({ from: join(dirname(file), from), name, isType: type !== undefined })),
  );
  const own = [...source.matchAll(/^export (?:declare )?(?:abstract )?(?:class|interface|type|function) (\w+)/gm)];
  const all = [...lists, ...own.map(([, name = '']) => ({ from: file, name, isType: true }))];
  return all.sort((a, b) => Number(a.isType) - Number(b.isType));
}

/** A class is shown with those that it extends: they hold most of its members. */
function withParents(read: Read, { from, name }: Export): Export[] {
  const [, parent] = new RegExp(`class ${name} extends (\\w+)`).exec(read(from)) ?? [];
  const [, file] = new RegExp(`import \\{[^}]*\\b${parent}\\b[^}]*\\} from '([^']+)'`).exec(read(from)) ?? [];
  if (parent === undefined || file === undefined) return [{ from, name }];
  return [{ from, name }, ...withParents(read, { from: join(dirname(from), file), name: parent })];
}

function declared(read: Read, from: string, name: string): Declared {
  if (ELSEWHERE[name] !== undefined) return { name, text: null };
  const lines = read(from).split('\n');
  const isStart = new RegExp(`^export (?:declare )?(?:abstract )?(?:class|interface|type|function|const) ${name}\\b`);
  const start = lines.findIndex((line) => isStart.test(line));
  if (start < 0) throw new Error(`${from} does not declare ${name}`);
  let first = start;
  if (lines[start - 1]?.endsWith('*/'))
    do first--;
    while (!lines[first]?.startsWith('/**'));
  let end = start;
  while (!isComplete(lines.slice(start, end + 1).join('\n'))) end++;
  return { name, text: publicOnly(lines.slice(first, end + 1).join('\n')) };
}

/** Whether a declaration ends here: all that was opened is closed. */
function isComplete(text: string): boolean {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|'[^'\n]*'|=>/g, '');
  const count = (marks: RegExp): number => bare.match(marks)?.length ?? 0;
  return count(/[{(<[]/g) === count(/[})>\]]/g) && /[;}]$/.test(bare.trimEnd());
}

/** Without what only subclasses and the class itself see. */
function publicOnly(text: string): string {
  const hidden = /(?: {4}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)? {4}(?:#private|private |protected )[^\n]*\n/g;
  return text.replace(hidden, '').replaceAll('export declare ', 'export ');
}

function section({ name, text }: Declared): string {
  return `#### ${name}\n\n${text === null ? ELSEWHERE[name] : `\`\`\`ts\n${text}\n\`\`\``}`;
}

/** A page with its reference replaced. @throws Error when the page has no place for it */
export function withReference(page: string, text: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/library.md has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${text}\n\n${END}${after}`;
}

/** The reference of a build. */
export function builtReference(dist = join(ROOT, 'dist')): string {
  return reference((file) => readFileSync(join(dist, file.replace(/\.ts$/, '.d.ts')), 'utf8'));
}

/** Writes the reference into docs/library.md; where there are no docs, as in an image's build, nothing. */
export function writeLibraryPage(dist?: string): void {
  if (existsSync(PAGE)) writeFileSync(PAGE, withReference(readFileSync(PAGE, 'utf8'), builtReference(dist)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeLibraryPage();
