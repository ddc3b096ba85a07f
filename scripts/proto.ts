/**
 * Generates gen/proto/ from proto/: the static protobuf module that ts/model/events/codec.ts drives, and one table of all fields.
 *
 * The static module has no reflection and no eval, so it runs in a page with a strict content policy. Three things are done
 * to what pbjs writes, and each is checked after it was done:
 *  - the custom options, their enums and descriptor.proto (which is only there to declare them) are left out: 90 % of the output;
 *  - fields start as *own* properties with their defaults, so that a decoded message is an ordinary object: it spreads,
 *    compares and prints with all its fields (and decodes faster, because all objects of a type have one shape);
 *  - the accessor of the `oneof` goes: it cost 30 `delete`s per decoded event.
 *
 * Run: npx tsx scripts/proto.ts
 * After a change that `npx buf breaking --against proto/baseline.binpb` lets pass, renew the baseline:
 *   npx buf build --exclude-source-info -o proto/baseline.binpb
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import protobuf from 'protobufjs';
import pbjs from 'protobufjs-cli/pbjs.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PROTO = join(ROOT, 'proto');
const OUT = join(ROOT, 'gen', 'proto');
const GOOGLE = dirname(fileURLToPath(import.meta.resolve('protobufjs/package.json')));

/** The .proto files below a folder as reflection objects, custom options and comments and all. */
export function loadProtos(folder = PROTO): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => resolve(target.startsWith('google/') ? GOOGLE : folder, target);
  // Read one after the other: read at once, the quicker file's messages come first, and the engine's identity would be a race.
  root.loadSync(['switchback/v1/events.proto', 'switchback/v1/commands.proto'], { alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** Writes gen/proto/events.js and gen/proto/events.d.ts. */
export async function buildProto(): Promise<void> {
  const root = loadProtos();
  const source = ownDefaults(withoutOneofAccessors(await staticModule(root)));
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'events.js'), `${source}\n${fieldTable(root)}`);
  await writeFile(join(OUT, 'events.d.ts'), DECLARATIONS);
}

/** What pbjs makes of the messages alone, without the options' declarations and what these drag in. */
async function staticModule(root: protobuf.Root): Promise<string> {
  const json = root.toJSON();
  delete json.nested?.['google'];
  const messages = json.nested?.['switchback'] as protobuf.INamespace;
  const v1 = messages.nested?.['v1'] as protobuf.INamespace;
  v1.nested = Object.fromEntries(Object.entries(v1.nested ?? {}).filter(([, item]) => 'fields' in item));

  const scratch = await mkdtemp(join(tmpdir(), 'switchback-proto-'));
  try {
    const input = join(scratch, 'events.json');
    const output = join(scratch, 'events.js');
    await writeFile(input, JSON.stringify(json));
    const without = ['create', 'convert', 'verify', 'delimited', 'service', 'typeurl', 'comments'].map((part) => `--no-${part}`);
    const args = ['-t', 'static-module', '-w', 'esm', '-r', 'switchback', '--force-number', ...without, '-o', output, input];
    await new Promise<void>((done, failed) => {
      pbjs.main(args, (error) => (error ? failed(error) : done()));
    });
    return await readFile(output, 'utf8');
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function withoutOneofAccessors(source: string): string {
  const accessor = /\n +let \$oneOfFields;\n\n +\$Object\.defineProperty\(\w+\.prototype, "\w+", \{\n.*\n.*\n +\}\);\n/g;
  const without = source.replaceAll(accessor, '');
  if (without === source || without.includes('$oneOfFields')) {
    throw new Error('pbjs writes oneof accessors differently: adapt withoutOneofAccessors');
  }
  return without;
}

/** Moves the defaults from the prototypes into the constructors; 64-bit defaults become the number 0, not a Long. */
function ownDefaults(source: string): string {
  const message = /const (\w+) = function \(properties\) \{\n([\s\S]*?)\n +\};\n\n((?: +\1\.prototype.* = .*;\n)*)/g;
  const moved = source.replace(message, (_all, name: string, body: string, prototypes: string) => {
    const defaults = prototypes
      .replaceAll('$util.Long ? $util.Long.fromBits(0,0,true) : 0', '0')
      .replaceAll('$util.newBuffer([])', '$noBytes');
    // A member of a oneof and a nested message are absent, not defaulted: their prototype says null.
    const own = defaults.split('\n').filter((line) => line !== '' && !line.endsWith('= null;') && !line.includes('emptyArray'));
    const assigns = own.map((line) => line.replace(`${name}.prototype`, 'this'));
    const lists = body.split('\n').filter((line) => /^ +this\.\w+ = \[\];$/.test(line));
    return `const ${name} = function () {\n${[...assigns, ...lists].join('\n')}\n};\n\n${defaults}`;
  });
  if (/\bproperties\b|util\.Long|newBuffer/.test(moved)) throw new Error('pbjs writes constructors differently: adapt ownDefaults');
  return moved.replace('const $root = ', 'const $noBytes = new Uint8Array(0);\n\nconst $root = ');
}

/** The closed list of fields, per message: what an encoder must be given, and nothing else. */
function fieldTable(root: protobuf.Root): string {
  const table: Record<string, Record<string, string>> = {};
  for (const message of messagesOf(root)) {
    table[message.name] = Object.fromEntries(
      message.fieldsArray.map((field) => [field.name, field.repeated ? `${field.type}[]` : field.type]),
    );
  }
  return `export const FIELDS = ${JSON.stringify(table, null, 2)};\n`;
}

/** All messages of switchback.v1, in the order of the file. */
export function messagesOf(root: protobuf.Root): protobuf.Type[] {
  const v1 = root.lookup('switchback.v1');
  if (!(v1 instanceof protobuf.Namespace)) throw new Error('the protos define no package switchback.v1');
  return v1.nestedArray.filter((found) => found instanceof protobuf.Type);
}

const DECLARATIONS = `// Generated by scripts/proto.ts. The types people use are in gen/events/types.ts.
import type { Reader, Writer } from 'protobufjs/minimal.js';

export interface Message {
  encode(message: object, writer: Writer): Writer;
  decode(reader: Reader, length?: number): object;
}

export const switchback: { readonly v1: { readonly [message: string]: Message } };

/** Type of each field of each message: "string", "uint64", "ReceivedFrame[]"… */
export const FIELDS: { readonly [message: string]: { readonly [field: string]: string } };
`;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildProto();
