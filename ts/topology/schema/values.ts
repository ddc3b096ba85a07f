/**
 * Values that occur in many places of a lab file.
 *
 * Convention: `title` is what a message says was expected ("expected a duration such as 20s"); `description` is what an
 * editor shows. A value with two spellings lists both types, and each keyword applies to the type it knows; there is no
 * anyOf, because one mistake must give one message.
 */
export type Schema = Readonly<Record<string, unknown>>;

export function duration(description: string): Schema {
  // A bare number has no unit; only 0 needs none.
  const title = 'a duration with a unit, such as 20s, 400ms or 1us';
  return { title, description, type: ['string', 'integer'], format: 'duration', minimum: 0, maximum: 0 };
}

/** A share of frames; only 0 needs no sign. */
export function percent(description: string): Schema {
  const title = 'a percentage such as 1% or 0.05%';
  return { title, description, type: ['string', 'integer'], format: 'percent', minimum: 0, maximum: 0 };
}

export function rate(title: string, description: string, maximum: number): Schema {
  return { title, description, type: ['string', 'integer'], format: 'rate', minimum: 0, maximum };
}

export function integer(title: string, description: string, minimum: number, maximum: number): Schema {
  return { title, description, type: 'integer', minimum, maximum };
}

export function word(title: string, description: string, words: readonly string[]): Schema {
  return { title, description, enum: words };
}

export function flag(description: string): Schema {
  return { title: 'a switch', description, enum: ['on', 'off', true, false] };
}

export function text(title: string, description: string, format: string): Schema {
  return { title, description, type: 'string', format };
}

export function closed(
  title: string,
  description: string,
  properties: Record<string, Schema>,
  required: readonly string[] = [],
): Schema {
  return { title, description, type: 'object', additionalProperties: false, properties, ...(required.length > 0 && { required }) };
}

/** A map from names to things; `null` entries ("eth1:") mean a thing with nothing said about it. */
export function named(description: string, pattern: RegExp, nameTitle: string, of: Schema, maximum: number): Schema {
  return {
    title: 'a map',
    description,
    type: 'object',
    propertyNames: { title: nameTitle, type: 'string', pattern: pattern.source },
    additionalProperties: of,
    maxProperties: maximum,
  };
}

export function list(description: string, of: Schema, maximum: number, minimum = 0): Schema {
  return { title: 'a list', description, type: 'array', items: of, minItems: minimum, maxItems: maximum };
}

export function verdict(description: string): Schema {
  return word('a verdict', description, ['accept', 'reject']);
}

export const NODE_TITLE = 'a node name (letters, digits, ".", "_", "-")';
export const INTERFACE_TITLE = 'an interface name (letters, digits, ".", "_", "-", "/")';

export const endpoint = (description: string): Schema => text('an endpoint "node:interface"', description, 'endpoint');
export const ipv4 = (description: string): Schema => text('an IPv4 address such as 10.0.1.1', description, 'ipv4');
export const unicastMac = (description: string): Schema =>
  text('a unicast MAC such as 00:50:56:aa:00:01', description, 'unicast-mac');

/** Written in quotes where YAML would read a number. */
export const version = (description: string): Schema => text('a version in quotes, such as "2.20.12"', description, 'version');

/** One address, or several. */
export function addresses(maximum: number): Schema {
  const title = 'an IPv4 address with its prefix length, such as 10.0.1.1/24';
  return {
    title,
    description: 'IPv4 address with prefix length, or a list of them.',
    type: ['string', 'array'],
    format: 'interface-address',
    items: text(title, 'One address.', 'interface-address'),
    maxItems: maximum,
  };
}

/** An exact number, or inclusive bounds. */
export function bounds(title: string, description: string): Schema {
  const number = { title: 'a whole number', description: 'Inclusive.', type: 'integer', minimum: 0 };
  return {
    title,
    description: `${description} A number, or {min, max}, both inclusive.`,
    type: ['integer', 'object'],
    minimum: 0,
    additionalProperties: false,
    minProperties: 1,
    properties: { min: number, max: number },
  };
}
