/**
 * The page's messages: a table for ts/page/codec/messages.ts, which stands in the place of gen/proto/events.js in a page. That file's code
 * for 120 messages would be a third of a page's scripts.
 */
import type protobuf from 'protobufjs';
import type { MessageRow } from '../ts/page/codec/messages.ts';
import { loadProtos, messagesOf } from './proto.ts';

/** Where the page's bundler finds what reads the table. */
const READER = './ts/page/codec/messages.ts';

/** What stands in the place of protobufjs/minimal.js: as much of it as the codec uses. */
export const WIRE_MODULE = [
  "import { Reader } from './ts/page/codec/reader.ts';",
  "import { Writer } from './ts/page/codec/writer.ts';",
  'export default { Reader, Writer };',
].join('\n');

/** Source text of a module that exports what gen/proto/events.js does. A constructor for each message, so that all its objects have one shape. */
export function messageModule(): string {
  const rows = messagesOf(loadProtos()).map((message) => {
    const own = ownDefaults(message).map(([name, value]) => `this.${name} = ${LITERALS[typeof value] ?? literalOf(value)};`);
    return `  ${message.name}: [function () { ${own.join(' ')} }, '${fieldsOf(message)}'],\n`;
  });
  return `import { messagesOf } from '${READER}';\nexport const { switchback, FIELDS } = messagesOf({\n${rows.join('')}});\n`;
}

/** The same table, for a test. */
export function tableOf(): Readonly<Record<string, MessageRow>> {
  const rows = messagesOf(loadProtos()).map((message): [string, MessageRow] => {
    const own = ownDefaults(message);
    const create = function (this: Record<string, unknown>): void {
      for (const [name, value] of own) this[name] = Array.isArray(value) ? [] : value;
    };
    return [message.name, [create as unknown as new () => object, fieldsOf(message)]];
  });
  return Object.fromEntries(rows);
}

/** "1node:string,2reasons:string[],10labDefined:LabDefined:payload". */
function fieldsOf({ fieldsArray }: protobuf.Type): string {
  const texts = fieldsArray.map(({ id, name, type, repeated, partOf }) => {
    return `${id}${name}:${type}${repeated ? '[]' : ''}${partOf === null ? '' : `:${partOf.name}`}`;
  });
  return texts.join(',');
}

const DEFAULTS: Readonly<Record<string, unknown>> = { string: '', uint64: 0, uint32: 0, bool: false, bytes: new Uint8Array(0) };
const LITERALS: Readonly<Record<string, string>> = { string: "''", number: '0', boolean: 'false' };

function literalOf(value: unknown): string {
  return Array.isArray(value) ? '[]' : 'new Uint8Array(0)';
}

/** Members of a oneof and messages are absent, not defaulted. */
function ownDefaults({ fieldsArray }: protobuf.Type): (readonly [name: string, value: unknown])[] {
  return fieldsArray.flatMap(({ name, type, repeated, partOf }) => {
    if (repeated) return [[name, []] as const];
    return partOf === null && type in DEFAULTS ? [[name, DEFAULTS[type]] as const] : [];
  });
}
