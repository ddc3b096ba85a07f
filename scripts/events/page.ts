/** docs/events.md, as text. */
import type { EventField, EventSource, EventsSource } from './source.ts';
import { NOTICE } from './types.ts';

export function pageText({ events, subjects }: EventsSource): string {
  const ranges = subjects.map(({ name, first, last, description }) => `| ${name} | ${first} to ${last} | ${description} |`);
  const index = events.map(({ name, number, kind, rules }) => {
    return `| [${name}](#${name.toLowerCase()}) | ${number} | ${kind} | ${rules.join(', ')} |`;
  });
  return `<!-- ${NOTICE} -->

# Events

Everything that a lab records. An **input** comes from outside; inputs are enough to run a lab again. An **outcome** follows from
earlier events; a re-execution must reproduce it byte for byte ([architecture](architecture.md#inputs-and-outcomes)).

Every event has a position, a virtual time, and a cause: the position of the event behind it, 0 for inputs. The number is that of its
field in a \`Body\` (\`proto/switchback/v1/events.proto\`); it never changes and is never used again. \`switchback schema event\`
prints the JSON Schema. In JSON, bytes are hexadecimal and the definition of a lab is the object that it encodes.

| event | number | is an | rules |
| --- | ---: | --- | --- |
${index.join('\n')}

## Reserved numbers

A new event takes the next free number of its subject's range (\`proto/switchback/v1/options.proto\`). Numbers below 128 that lie
in no range belong to events that came before the ranges.

| subject | numbers | about |
| --- | --- | --- |
${ranges.join('\n')}

${events.map(eventText).join('\n')}`;
}

function eventText({ name, number, kind, description, cause, rules, fields }: EventSource): string {
  const named = rules.length === 0 ? '' : `\n\nRules: ${rules.join(', ')}.`;
  return `## ${name}

${kind === 'input' ? 'Input' : 'Outcome'}, number ${number}. ${description}

Cause: ${cause}${named}

${fields.length === 0 ? 'It has no fields.\n' : tableText(fields)}`;
}

function tableText(fields: readonly EventField[]): string {
  const rows = fields.flatMap((field) => [rowText(field, ''), ...field.fields.map((inner) => rowText(inner, `${field.name}[].`))]);
  return `| field | type | unit | holds |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function rowText(field: EventField, prefix: string): string {
  const { name, kind, isList, unit, values, description } = field;
  const type = `${kind === 'message' ? 'object' : kind}${isList ? ', list' : ''}`;
  const only = values === null ? '' : ` One of ${values.map((value) => (value === '' ? 'nothing' : `\`${value}\``)).join(', ')}.`;
  return `| \`${prefix}${name}\` | ${type} | ${unit} | ${(description + only).replaceAll('|', '\\|')} |`;
}
