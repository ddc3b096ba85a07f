/**
 * Builds the page (ts/page) into a folder: two scripts, one of the document and one of the workers, the style sheet, the document, the
 * rules, and the licences of what is bundled; and all of that in one file, with the data plane. A server sends the data plane that Node runs.
 *
 *   npm run page -- FILE     writes the page in one file, which opens a bundle without a server
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Metafile, type Plugin, transformSync } from 'esbuild';
import { minify } from 'terser';
import { dataplaneWasm } from '../ts/services/engine/host.ts';
import { PAGE_FILES, type PageTexts } from '../ts/services/page/page-files.ts';
import { kindsModule, messageModule, WIRE_MODULE } from './page-codec.ts';
import { doorModule } from './page-door.ts';
import { ruleNames, rulesPage } from './page-rules.ts';
import { singleFile } from './page-single.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Sentences that docs/drop-reasons.md and docs/commands.md are made of, and the help of the command line. */
const DROP_DOCS = /\b(?:where|says):\s*(?:'[^']*'|"[^"]*"),?/g;
const COMMAND_DOCS = /\b(?:doc|examples):\s*\[(?:\s*(?:'[^']*'|"[^"]*"),?)*\s*\]/g;
const COMMAND_HELP = /\bhelp:\s*(?:'[^']*'|"[^"]*")/g;

/**
 * What no page needs: sentences for the documentation; and generated code of events and of the data plane's door, and protobuf's library,
 * where a table does (page-codec.ts, page-door.ts).
 */
const LEAVES_OUT: Plugin = {
  name: 'leaves-out',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /gen\/dataplane\/dataplane\.js$/ }, () => ({ contents: doorModule(), resolveDir: ROOT }));
    onLoad({ filter: /model\/events\/drop-reasons\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(DROP_DOCS, ''),
      loader: 'ts',
    }));
    onLoad({ filter: /model\/commands\/families\/[^/]+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(COMMAND_DOCS, (text) => `${text.slice(0, text.indexOf('['))}[]`)
        .replace(COMMAND_HELP, "help: ''"),
      loader: 'ts',
    }));
    onLoad({ filter: /gen\/proto\/events\.js$/ }, () => ({ contents: messageModule(), resolveDir: ROOT }));
    onLoad({ filter: /gen\/events\/kinds\.ts$/ }, () => ({ contents: kindsModule(), resolveDir: ROOT }));
    onResolve({ filter: /^protobufjs\/minimal\.js$/ }, () => ({ path: 'wire', namespace: 'wire' }));
    onLoad({ filter: /./, namespace: 'wire' }, () => ({ contents: WIRE_MODULE, resolveDir: ROOT }));
  },
};

/** @param identity of the engine: checkpoints of the same one are compared in the page, too. */
export async function buildPage(out: string, identity: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { page: 'ts/page/page.ts', worker: 'ts/page/worker/worker.ts' },
    outdir: out,
    bundle: true,
    // No modules: a page of file:// may not load any.
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    metafile: true,
    plugins: [LEAVES_OUT],
    define: { SWITCHBACK_IDENTITY: JSON.stringify(identity) },
    logLevel: 'warning',
  });
  const css = readFileSync(join(ROOT, 'ts/page/page.css'), 'utf8');
  const parts = {
    html: readFileSync(join(ROOT, 'ts/page/index.html'), 'utf8'),
    css: transformSync(css, { loader: 'css', minify: true }).code,
    script: await squeezed(join(out, 'page.js')),
    worker: await squeezed(join(out, 'worker.js')),
    rules: rulesPage(),
    ruleNames: JSON.stringify(ruleNames()),
    licences: licencesOf(metafile),
  };
  const texts: PageTexts = { ...parts, single: singleFile({ ...parts, wasm: dataplaneWasm() }) };
  for (const [part, text] of Object.entries(texts)) writeFileSync(join(out, PAGE_FILES[part as keyof PageTexts]), text);
}

/**
 * A second pass over a bundled script: terser follows constants and functions through the whole of it, which leaves 5 % less to load. Functions
 * that use neither `this` nor `new` become arrows: no script of the page looks at a function's prototype.
 */
async function squeezed(path: string): Promise<string> {
  const { code } = await minify(readFileSync(path, 'utf8'), {
    ecma: 2020,
    toplevel: true,
    compress: { passes: 3, keep_fargs: false, unsafe_arrows: true },
  });
  if (code === undefined) throw new Error(`terser left nothing of ${path}`);
  return code;
}

/** Names and licences of the packages in the scripts: their terms ask for it. */
function licencesOf({ inputs }: Metafile): string {
  const names = Object.keys(inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = [...new Set(names)].sort().map((name) => {
    const folder = join(ROOT, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Readonly<Record<string, string>>;
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version}, ${license}\n\n${text}\n`;
  });
  return texts.join('\n----\n\n');
}

/** The page in one file, of a folder in which it was built. @throws Error when it was not */
export function singlePageIn(out: string): string {
  return readFileSync(join(out, PAGE_FILES.single), 'utf8');
}

/** Identity of the engine in a built folder; of what is no build, one that says so. */
export function identityIn(dist: string): string {
  const file = join(dist, 'engine-identity.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly identity: string }).identity : 'source';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file = 'switchback.html'] = process.argv.slice(2);
  const out = join(ROOT, 'dist/page');
  await buildPage(out, identityIn(join(ROOT, 'dist')));
  const text = singlePageIn(out);
  writeFileSync(file, text);
  console.log(`${file}: ${text.length} bytes`);
}
