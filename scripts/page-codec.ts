/**
 * The page's messages: a table for ts/page/codec/messages.ts, which stands in the place of gen/proto/events.js in a page. That file's code
 * for 120 messages would be a third of a page's scripts.
 */
import type protobuf from 'protobufjs';
import { EVENT_KINDS } from '../gen/events/kinds.ts';
import { loadProtos, messagesOf } from './proto.ts';

/** Where the page's bundler finds what reads the table. */
const READER = './ts/page/codec/messages.ts';

/** What stands in the place of protobufjs/minimal.js: as much of it as the codec uses. */
export const WIRE_MODULE = [
  "import { Reader } from './ts/page/codec/reader.ts';",
  "import { Writer } from './ts/page/codec/writer.ts';",
  'export default { Reader, Writer };',
].join('\n');

/** Source text of a module that exports what gen/proto/events.js does. */
export function messageModule(): string {
  return `import { messagesOf } from '${READER}';\nexport const { switchback, FIELDS } = messagesOf(${JSON.stringify(tableOf())});\n`;
}

/** Source text in the place of gen/events/kinds.ts: the events are the members of Body's oneof, and few of them are inputs. */
export function kindsModule(): string {
  const inputs = Object.entries(EVENT_KINDS).flatMap(([type, kind]) => (kind === 'input' ? [type] : []));
  return `import { FIELDS } from './gen/proto/events.js';\nimport { kindsOf } from '${READER}';\nexport const EVENT_KINDS = kindsOf(FIELDS, ${JSON.stringify(inputs)});\n`;
}

const SHORT: Readonly<Record<string, string>> = { string: 's', uint64: 'l', uint32: 'i', bool: 'b', bytes: 'y' };

/** The fields of each message, as `messagesOf` reads them. */
export function tableOf(): Readonly<Record<string, string>> {
  return Object.fromEntries(messagesOf(loadProtos()).map((message) => [message.name, fieldsOf(message)]));
}

function fieldsOf({ fieldsArray }: protobuf.Type): string {
  const texts = fieldsArray.map(({ id, name, type, repeated, partOf }, index) => {
    const number = id === (fieldsArray[index - 1]?.id ?? 0) + 1 ? '' : id;
    const short = SHORT[type] ?? type;
    return `${number}${partOf === null ? name : ''}${short === 's' ? '' : `:${short}`}${repeated ? '[]' : ''}`;
  });
  return texts.join(',');
}
