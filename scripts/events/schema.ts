/** JSON Schemas of the events' data, as text. */
import type { EventField, EventsSource } from './source.ts';
import { NOTICE } from './types.ts';

type Schema = Readonly<Record<string, unknown>>;

/** `EVENT_DATA_SCHEMAS`: the schema of each event's `data` as it is published: bytes as hex, definitions as objects. */
export function schemasText({ events }: EventsSource, dropReasons: readonly string[]): string {
  const rows = events.map(({ name, description, cause, fields }) => {
    const schema = { description: `${description} Cause: ${cause}`, ...objectSchema(fields, dropReasons) };
    return `  ${name}: ${JSON.stringify(schema)},\n`;
  });
  return `// ${NOTICE}

/** Of each event's data, by its type. */
export const EVENT_DATA_SCHEMAS: { readonly [event: string]: Readonly<Record<string, unknown>> } = {
${rows.join('')}};
`;
}

function objectSchema(fields: readonly EventField[], dropReasons: readonly string[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: fields.map(({ name }) => name),
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field, dropReasons)])),
  };
}

function fieldSchema(field: EventField, dropReasons: readonly string[]): Schema {
  const description = field.unit === '' ? field.description : `${field.description} Unit: ${field.unit}.`;
  const one = valueSchema(field, dropReasons);
  return field.isList ? { description, type: 'array', items: one } : { description, ...one };
}

function valueSchema({ kind, values, holds, max, fields }: EventField, dropReasons: readonly string[]): Schema {
  switch (kind) {
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return { type: 'integer', minimum: 0, maximum: max };
    case 'bytes':
      return { type: 'string', pattern: '^([0-9a-f]{2})*$' };
    case 'message':
      return objectSchema(fields, dropReasons);
    case 'string':
      if (values !== null) return { type: 'string', enum: values };
      if (holds === 'drop-reason') return { type: 'string', enum: dropReasons };
      if (holds === 'mac') return { type: 'string', pattern: '^(([0-9a-f]{2}:){5}[0-9a-f]{2})?$' };
      return { type: holds === 'json' ? ['object', 'string'] : 'string' };
  }
}
