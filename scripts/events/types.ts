/** The TypeScript types of the events, and the tables that go with them, as text. */
import type { EventField, EventSource, EventsSource } from './source.ts';

export const NOTICE = 'Generated from proto/switchback/v1/events.proto by scripts/events.ts. Do not edit.';

/** `EventData`: the fields of each event, with the comments of the proto. */
export function typesText({ events }: EventsSource): string {
  const inner = new Map(events.flatMap(({ fields }) => fields.flatMap(messagesIn)));
  const members = events.map(
    (event) => `${docText(`${event.description} Cause: ${event.cause}`, '  ')}  ${event.name}: ${blockText(event.fields, '  ')};\n`,
  );
  return `// ${NOTICE}

${[...inner].map(([name, text]) => `export interface ${name} ${text}\n`).join('\n')}
/** Fields of every event, by its type. */
export interface EventData {
${members.join('\n')}}
`;
}

/** Name and text of each message inside a field. */
function messagesIn({ message, fields }: EventField): [string, string][] {
  return message === '' ? [] : [...fields.flatMap(messagesIn), [message, blockText(fields, '')]];
}

function blockText(fields: readonly EventField[], indent: string): string {
  const lines = fields.map((field) => {
    const unit = field.unit === '' ? '' : ` Unit: ${field.unit}.`;
    return `${docText(field.description + unit, `${indent}  `)}${indent}  readonly ${field.name}: ${typeOf(field)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function typeOf({ kind, isList, values, message }: EventField): string {
  const one = values === null ? message || TYPES[kind] : values.map((value) => `'${value}'`).join(' | ');
  if (!isList) return one;
  return values === null ? `readonly ${one}[]` : `readonly (${one})[]`;
}

const TYPES = { string: 'string', number: 'number', boolean: 'boolean', bytes: 'Uint8Array', message: '' } as const;

function docText(text: string, indent: string): string {
  return `${indent}/** ${text.replaceAll('*/', '* /')} */\n`;
}

/** `EVENT_KINDS`: input or outcome, in the order of the numbers. */
export function kindsText({ events }: EventsSource): string {
  const rows = events.map(({ name, kind }) => `  ${name}: '${kind}',\n`).join('');
  return `// ${NOTICE}

/** Input or outcome, per type. The order is that of the numbers in a Body. */
export const EVENT_KINDS = {
${rows}} as const;
`;
}

/** `EVENT_FIELDS`: what each field holds, for checks that name it. Only what is not the default is written. */
export function fieldsText({ events }: EventsSource): string {
  const rows = events.map(({ name, fields }) => {
    const inner = fields.map((field) => `    ${field.name}: ${JSON.stringify(checkOf(field))},\n`).join('');
    return `  ${name}: {\n${inner}  },\n`;
  });
  return `// ${NOTICE}
import type { EventData } from './types.ts';

/** One field of an event: what a check may compare it with. */
export interface FieldCheck {
  /** "other" cannot be compared with one value. */
  readonly kind: 'string' | 'number' | 'boolean' | 'other';
  /** The only values of a string. */
  readonly values?: readonly string[];
  /** What a string names: "node", "interface", "mac", "ip", "drop-reason" or "json". */
  readonly holds?: string;
  /** The largest value of a number; the smallest is 0. */
  readonly max?: number;
  /** Of a number. */
  readonly unit?: string;
}

export const EVENT_FIELDS: { readonly [T in keyof EventData]: { readonly [F in keyof EventData[T]]: FieldCheck } } = {
${rows.join('')}};
`;
}

function checkOf({ kind, isList, values, holds, max, unit }: EventField): object {
  if (isList || kind === 'bytes' || kind === 'message') return { kind: 'other' };
  return {
    kind,
    ...(values === null ? {} : { values }),
    ...(holds === '' ? {} : { holds }),
    ...(kind === 'number' ? { max } : {}),
    ...(unit === '' ? {} : { unit }),
  };
}

/** Names for completion: every event, and the fields of each. */
export function namesText({ events }: EventsSource): string {
  const rows = events.map((event: EventSource) => `  ${event.name}: ${JSON.stringify(event.fields.map(({ name }) => name))},\n`);
  return `// ${NOTICE}

/** Every event and the names of its fields, in the order of the proto. */
export const EVENT_NAMES: { readonly [event: string]: readonly string[] } = {
${rows.join('')}};
`;
}
