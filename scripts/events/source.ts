/**
 * The events as proto/switchback/v1/events.proto writes them: what every generated file is made from (scripts/events.ts).
 *
 * Reading is strict: an event without a kind, a description or a cause, a field without a description, and a number outside
 * the range of its subject end the build, with the name of the message and what was expected.
 */
import type protobuf from 'protobufjs';

export type FieldKind = 'string' | 'number' | 'boolean' | 'bytes' | 'message';

/** A field of an event, or of a message inside one. */
export interface EventField {
  /** In camel case, as TypeScript and JSON spell it. */
  readonly name: string;
  readonly kind: FieldKind;
  readonly isList: boolean;
  readonly description: string;
  /** Of a number: "ns", "Mbit/s", "frames"…; empty for a plain one. */
  readonly unit: string;
  /** The only values of a string; null where any may stand. */
  readonly values: readonly string[] | null;
  /** What a string names: "node", "interface", "mac", "ip", "drop-reason", "json"; empty where nothing. */
  readonly holds: string;
  /** The largest value of a number; 0 for everything else. */
  readonly max: number;
  /** The message that it is, inside an event; empty for anything else. */
  readonly message: string;
  /** The fields of that message. */
  readonly fields: readonly EventField[];
}

export interface EventSource {
  readonly name: string;
  /** In the oneof of a Body. */
  readonly number: number;
  readonly kind: 'input' | 'outcome';
  /** When it is recorded: the comment of its message, without the cause. */
  readonly description: string;
  readonly cause: string;
  /** Ids of the rules that its comments name, sorted. */
  readonly rules: readonly string[];
  readonly fields: readonly EventField[];
}

/** A range of numbers, both ends included, that is reserved for one subject. */
export interface SubjectRange {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly description: string;
}

export interface EventsSource {
  /** In the order of their numbers. */
  readonly events: readonly EventSource[];
  readonly subjects: readonly SubjectRange[];
}

/** Events below this number that name no subject came before the ranges. */
const FIRST_NUMBER_WITH_SUBJECT = 128;

/** @throws Error that names the message, the field and what was expected there. */
export function eventsSource(root: protobuf.Root): EventsSource {
  const subjects = subjectsOf(root);
  const members = root.lookupType('switchback.v1.Body').fieldsArray.filter(({ partOf }) => partOf?.name === 'payload');
  const events = [...members].sort((a, b) => a.id - b.id).map((member) => eventOf(root, member, subjects));
  return { events, subjects };
}

function eventOf(root: protobuf.Root, { type, id }: protobuf.Field, subjects: readonly SubjectRange[]): EventSource {
  const message = root.lookupType(`switchback.v1.${type}`);
  const kind = KINDS[String(message.getOption('(kind)'))];
  if (kind === undefined) throw new Error(`${type}: expected "option (kind)", EVENT_KIND_INPUT or EVENT_KIND_OUTCOME`);
  checkNumber(type, id, subjectOption(message), subjects);
  const [description = '', cause = ''] = (message.comment ?? '').split(/(?:^|\n)Cause: /).map(oneLine);
  if (description === '') throw new Error(`${type}: expected a comment that says when it is recorded`);
  if (cause === '') throw new Error(`${type}: expected a paragraph "Cause: …" at the end of its comment`);
  const fields = message.fieldsArray.map((field) => fieldOf(root, type, field));
  const comments = [description, cause, ...fields.map((field) => field.description)].join(' ');
  return { name: type, number: id, kind, description, cause, rules: rulesIn(comments), fields };
}

const KINDS: Readonly<Record<string, 'input' | 'outcome'>> = { EVENT_KIND_INPUT: 'input', EVENT_KIND_OUTCOME: 'outcome' };

function checkNumber(type: string, number: number, subject: string, subjects: readonly SubjectRange[]): void {
  if (subject === '') {
    if (number < FIRST_NUMBER_WITH_SUBJECT && subjects.every(({ first, last }) => number < first || last < number)) return;
    throw new Error(`${type}: number ${number} is reserved; expected "option (subject)", which options.proto lists`);
  }
  const range = subjects.find(({ name }) => name === subject);
  if (range === undefined) throw new Error(`${type}: there is no subject ${subject}`);
  if (range.first <= number && number <= range.last) return;
  throw new Error(`${type}: number ${number} is outside the range of ${subject}; expected ${range.first} to ${range.last}`);
}

function subjectOption(message: protobuf.Type): string {
  return subjectName(String(message.getOption('(subject)') ?? ''));
}

function subjectName(value: string): string {
  return value.replace('SUBJECT_', '').toLowerCase();
}

function subjectsOf(root: protobuf.Root): SubjectRange[] {
  const { values, valuesOptions, comments } = root.lookupEnum('switchback.v1.Subject');
  const names = Object.keys(values).filter((name) => name !== 'SUBJECT_UNSPECIFIED');
  const ranges = names.map((name) => {
    const options = valuesOptions?.[name] as Readonly<Record<string, number>> | undefined;
    const [first = 0, last = 0] = [options?.['(first)'], options?.['(last)']];
    if (first < 1 || last < first) throw new Error(`${name}: expected a range, (first) and (last)`);
    return { name: subjectName(name), first, last, description: oneLine(comments[name] ?? '') };
  });
  const sorted = ranges.sort((a, b) => a.first - b.first);
  const clash = sorted.find(({ first }, index) => first <= (sorted[index - 1]?.last ?? 0));
  if (clash !== undefined) throw new Error(`subject ${clash.name}: its range begins inside another`);
  return sorted;
}

const SCALARS: Readonly<Record<string, FieldKind>> = {
  string: 'string',
  bool: 'boolean',
  uint32: 'number',
  uint64: 'number',
  bytes: 'bytes',
};

/** The largest value of a type; 64-bit numbers are those that JavaScript holds exactly. */
const MAXIMA: Readonly<Record<string, number>> = { uint32: 0xffff_ffff, uint64: Number.MAX_SAFE_INTEGER };

/** Fields that name what they are called. */
const NAMING: ReadonlyMap<string, string> = new Map([
  ['node', 'The node that it concerns.'],
  ['interface', 'The interface that it concerns, at that node.'],
]);

function fieldOf(root: protobuf.Root, message: string, field: protobuf.Field): EventField {
  const place = `${message}.${field.name}`;
  const kind = SCALARS[field.type] ?? 'message';
  const inner = kind === 'message' ? root.lookupType(`switchback.v1.${field.type}`).fieldsArray : [];
  const description = oneLine(field.comment ?? '') || (NAMING.get(field.name) ?? '');
  if (description === '') throw new Error(`${place}: expected a comment that says what it holds`);
  const values = optionsOf(field, '(values)').map(String);
  if (values.length > 0 && field.type !== 'string') throw new Error(`${place}: only a string has (values)`);
  const [max = MAXIMA[field.type] ?? 0] = optionsOf(field, '(max)').map(Number);
  return {
    name: field.name,
    kind,
    isList: field.repeated,
    description,
    unit: kind === 'number' ? unitOf(field) : '',
    values: values.length === 0 ? null : values,
    holds: NAMING.has(field.name) ? field.name : heldBy(field),
    max,
    message: kind === 'message' ? field.type : '',
    fields: inner.map((one) => fieldOf(root, field.type, one)),
  };
}

function heldBy(field: protobuf.Field): string {
  const [holds = ''] = optionsOf(field, '(holds)').map(String);
  return holds.replace('HOLDS_', '').toLowerCase().replaceAll('_', '-');
}

/** Ends of names, and the units that they say. */
const UNITS: readonly (readonly [end: string, unit: string])[] = [
  ['Ns', 'ns'],
  ['Bps', 'bit/s'],
  ['Mbps', 'Mbit/s'],
  ['Ppm', 'ppm'],
  ['Permille', '1/1000'],
];

function unitOf(field: protobuf.Field): string {
  const [unit = ''] = optionsOf(field, '(unit)').map(String);
  if (unit !== '') return unit;
  const name = field.name.charAt(0).toUpperCase() + field.name.slice(1);
  return UNITS.find(([end]) => name.endsWith(end))?.[1] ?? '';
}

/** All values of an option that may be given more than once; `getOption` knows the last one only. */
function optionsOf(field: protobuf.Field, option: string): unknown[] {
  const given = (field.parsedOptions ?? []) as readonly Readonly<Record<string, unknown>>[];
  return given.filter((one) => Object.hasOwn(one, option)).map((one) => one[option]);
}

const RULE = /\b([A-Z]{2,4})-(\d\d)\b(?: to \1-(\d\d)\b)?/g;

/** Rule ids of a text, sorted; "IOM-01 to IOM-04" is four. */
export function rulesIn(text: string): string[] {
  const ids = [...text.matchAll(RULE)].flatMap(([, family = '', from = '', to = from]) => {
    const count = Number(to) - Number(from) + 1;
    return Array.from({ length: count }, (_, index) => `${family}-${String(Number(from) + index).padStart(2, '0')}`);
  });
  return [...new Set(ids)].sort();
}

function oneLine(comment: string): string {
  return comment.replaceAll(/\s*\n\s*/g, ' ').trim();
}
