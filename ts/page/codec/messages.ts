/**
 * The protobuf messages of gen/proto/events.js, from a table of their fields. The generated code of 120 messages is a third of all that a
 * page would load; this says the same once. scripts/page-codec.ts writes the table and puts this in the generated code's place, and the
 * spec beside this file compares the two: the same bytes, the same objects, the same refusals.
 */
import type protobuf from 'protobufjs/minimal.js';

type Reader = protobuf.Reader & { discardUnknown: boolean };
type Writer = protobuf.Writer & { raw(bytes: Uint8Array): Writer };

/** An object of a message: own fields with values, defaults behind them. */
type Values = Record<string, unknown> & { $unknowns?: Uint8Array[] };

interface Field {
  readonly number: number;
  readonly name: string;
  /** As protobuf names it; of a list, that of its elements. */
  readonly type: string;
  readonly isList: boolean;
  /** Name of the oneof that it belongs to; '' for none. */
  readonly oneof: string;
  readonly wire: 0 | 2;
}

const FIELD = /^(\d*)(\w*?)(?::(\w+))?(\[\])?$/;
/** Types that every message has, as the table abbreviates them. */
const TYPES: Readonly<Record<string, string>> = { s: 'string', l: 'uint64', i: 'uint32', b: 'bool', y: 'bytes' };
/** The oneof of the events. */
const ONEOF = 'payload';
const DEFAULTS: Readonly<Record<string, unknown>> = { string: '', uint64: 0, uint32: 0, bool: false, bytes: new Uint8Array(0) };
const VARINTS: ReadonlySet<string> = new Set(['uint64', 'uint32', 'bool']);

/** @param before number of the field before it */
function fieldOf(text: string, before: number): Field {
  const [, number = '', given = '', short = 's', list] = FIELD.exec(text) ?? [];
  const type = TYPES[short] ?? short;
  const isEvent = given === '';
  const name = isEvent ? type.charAt(0).toLowerCase() + type.slice(1) : given;
  const oneof = isEvent ? ONEOF : '';
  return {
    number: number === '' ? before + 1 : Number(number),
    name,
    type,
    isList: list !== undefined,
    oneof,
    wire: VARINTS.has(type) ? 0 : 2,
  };
}

/**
 * What gen/proto/events.js exports.
 * @param table fields of each message: "node,seq:i,reasons[],10:LabDefined". A field without a number has the next one, one without a type is a
 * text, and one without a name is an event, a member of the oneof `payload`
 */
export function messagesOf(table: Readonly<Record<string, string>>) {
  const v1: Record<string, TableMessage> = {};
  const fields: Record<string, Record<string, string>> = {};
  for (const [name, text] of Object.entries(table)) {
    const all: Field[] = [];
    for (const one of text === '' ? [] : text.split(',')) all.push(fieldOf(one, all.at(-1)?.number ?? 0));
    fields[name] = Object.fromEntries(all.map((field) => [field.name, field.isList ? `${field.type}[]` : field.type]));
    v1[name] = new TableMessage(all, v1);
  }
  return { switchback: { v1 }, FIELDS: fields };
}

/** Input or outcome, per event, as gen/events/kinds.ts has it. @param fields of all messages. @param inputs the events that are inputs */
export function kindsOf(fields: Readonly<Record<string, Readonly<Record<string, string>>>>, inputs: readonly string[]) {
  const types = Object.values(fields['Body'] ?? {}).filter((type) => type in fields);
  return Object.fromEntries(types.map((type) => [type, inputs.includes(type) ? 'input' : 'outcome']));
}

export class TableMessage {
  readonly #create: () => Values;
  /** In the order in which they are written. */
  readonly #fields: readonly Field[];
  readonly #byNumber: (Field | undefined)[] = [];
  readonly #messages: Readonly<Record<string, TableMessage>>;

  constructor(fields: readonly Field[], messages: Readonly<Record<string, TableMessage>>) {
    this.#create = creatorOf(fields);
    this.#messages = messages;
    this.#fields = [...fields].sort((a, b) => a.number - b.number);
    for (const field of fields) this.#byNumber[field.number] = field;
  }

  readonly encode = (message: object, writer: Writer): Writer => {
    const values = message as Values;
    for (const field of this.#fields) {
      const value = values[field.name];
      if (value === undefined || value === null) continue;
      if (field.isList) for (const one of value as readonly unknown[]) this.#write(field, one, writer);
      else if (Object.hasOwn(values, field.name) && !isDefault(value)) this.#write(field, value, writer);
    }
    for (const unknown of values.$unknowns ?? []) writer.raw(unknown);
    return writer;
  };

  /** @throws RangeError, Error: the bytes are no message. @param target an object of the message to read into */
  readonly decode = (reader: Reader, length?: number, depth = 0, target?: Values): object => {
    const end = length === undefined ? reader.len : reader.pos + length;
    if (end > reader.len) throw new RangeError('index out of range');
    const outer = reader.len;
    reader.len = end;
    const values = target ?? this.#create();
    while (reader.pos < end) {
      const start = reader.pos;
      const tag = reader.tag();
      const field = this.#byNumber[tag >>> 3];
      if (field !== undefined && field.wire === (tag & 7)) {
        this.#read(field, values, reader, depth);
        continue;
      }
      reader.skipType(tag & 7, depth, tag >>> 3);
      if (!reader.discardUnknown) keepUnknown(values, reader.raw(start, reader.pos));
    }
    if (length !== undefined) {
      if (reader.pos !== end) throw new RangeError('index out of range');
      reader.len = outer;
    }
    return values;
  };

  #write({ number, type, wire }: Field, value: unknown, writer: Writer): void {
    writer.uint32((number << 3) | wire);
    switch (type) {
      case 'string':
        writer.string(value as string);
        return;
      case 'uint64':
        writer.uint64(value as number);
        return;
      case 'uint32':
        writer.uint32(value as number);
        return;
      case 'bool':
        writer.bool(value as boolean);
        return;
      case 'bytes':
        writer.bytes(value as Uint8Array);
        return;
      default:
        this.#messages[type]?.encode(value as object, writer.fork() as Writer).ldelim();
    }
  }

  #read(field: Field, values: Values, reader: Reader, depth: number): void {
    const { name, type, isList, oneof } = field;
    if (isList) {
      // A list that nothing was read into is the default of all objects, or empty.
      if (!((values[name] as unknown[] | undefined)?.length ?? 0)) values[name] = [];
      (values[name] as unknown[]).push(this.#value(type, reader, depth, undefined));
      return;
    }
    const value = this.#value(type, reader, depth, values[name]);
    // As the generated code does: a default that somebody wrote is no field of its own, which the codec refuses.
    if (isDefault(value)) delete values[name];
    else values[name] = value;
    if (oneof !== '') values[oneof] = name;
  }

  #value(type: string, reader: Reader, depth: number, target: unknown): unknown {
    switch (type) {
      case 'string':
        return reader.stringVerify();
      case 'uint64':
        return reader.uint64();
      case 'uint32':
        return reader.uint32();
      case 'bool':
        return reader.bool();
      case 'bytes':
        return reader.bytes();
      default:
        return this.#messages[type]?.decode(reader, reader.size(), depth + 1, (target as Values | null | undefined) ?? undefined);
    }
  }
}

/** Makes objects of a message: all of one shape, with their own defaults, and the same behind them. Members of a oneof and messages are absent. */
function creatorOf(fields: readonly Field[]): () => Values {
  const behind: Values = {};
  for (const { name, type, isList } of fields) behind[name] = isList ? [] : (DEFAULTS[type] ?? null);
  const own = fields.filter(({ type, isList, oneof }) => isList || (oneof === '' && type in DEFAULTS));
  return () => {
    const values = Object.create(behind) as Values;
    for (const { name, type, isList } of own) values[name] = isList ? [] : DEFAULTS[type];
    return values;
  };
}

function isDefault(value: unknown): boolean {
  return value === '' || value === 0 || value === false || (value instanceof Uint8Array && value.length === 0);
}

function keepUnknown(values: Values, bytes: Uint8Array): void {
  if (!Object.hasOwn(values, '$unknowns')) {
    Object.defineProperty(values, '$unknowns', { enumerable: false, configurable: true, writable: true, value: [] });
  }
  values.$unknowns?.push(bytes);
}
