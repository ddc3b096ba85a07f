/**
 * The combinations of a matrix test: a lab file with each value of one axis together with each value of every other. An axis is a path in
 * the file (topology.nodes.fw1.packet-io, seed), a setting (vsw1.promiscuous, psw:p1.mac-limit), or the bare name of a property, which is then
 * that of every node whose kind has it (platform, packet-io).
 */
import { isMap, parseDocument } from 'yaml';
import { KIND_PROPERTIES } from '../../topology/schema/node.ts';
import { labFileSchema } from '../../topology/schema/schema.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { withSettings, withValue } from './changed-file.ts';

export interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

/** A value for each axis, in the order of the axes. */
export type Combination = readonly { readonly axis: string; readonly value: string }[];

/** Runs of one matrix. */
export const COMBINATIONS_MAX = 1000;

/** Reads "policy=accept,reject,platform=esxi,kvm": a part with "=" begins an axis, the others are further values. @throws RangeError */
export function axesOf(text: string): readonly Axis[] {
  const axes: { name: string; values: string[] }[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    const cut = part.indexOf('=');
    const axis = cut > 0 ? { name: part.slice(0, cut), values: [] } : axes.at(-1);
    const value = part.slice(cut + 1);
    if (axis === undefined || value === '') {
      throw new RangeError(`"${text}" is no matrix; expected NAME=VALUE,VALUE…, such as vsw1.promiscuous=accept,reject`);
    }
    if (cut > 0) axes.push(axis);
    axis.values.push(value);
  }
  const repeated = axes.find(({ name }, index) => axes.findIndex((one) => one.name === name) < index);
  if (repeated !== undefined) throw new RangeError(`"${repeated.name}" is an axis twice`);
  return axes;
}

/** All combinations; the last axis moves fastest. @throws RangeError for too many */
export function combinationsOf(axes: readonly Axis[]): readonly Combination[] {
  const number = axes.reduce((product, { values }) => product * values.length, 1);
  if (number > COMBINATIONS_MAX)
    throw new RangeError(`the matrix has ${number} combinations; expected at most ${COMBINATIONS_MAX}`);
  return axes.reduce<Combination[]>(
    (all, { name, values }) => all.flatMap((before) => values.map((value) => [...before, { axis: name, value }])),
    [[]],
  );
}

/** The text of a lab file with the values of a combination. @throws RangeError for an axis that the file does not have */
export function withCombination(text: string, combination: Combination): string {
  return combination.reduce((changed, { axis, value }) => withAxis(changed, axis, value), text);
}

/** "policy=accept platform=kvm". */
export function combinationText(combination: Combination): string {
  return combination.map(({ axis, value }) => `${axis}=${value}`).join(' ');
}

const TOP_KEYS = Object.keys(labFileSchema['properties'] as object);

function withAxis(text: string, axis: string, value: string): string {
  const [first = '', ...rest] = axis.split('.');
  if (TOP_KEYS.includes(first)) return withValue(text, axis, value);
  const nodes = kindsIn(text);
  if (rest.length > 0) {
    const [node = ''] = first.split(':');
    if (!nodes.has(node)) throw new RangeError(`${axis}: there is no node "${node}"${suggestion(node, nodes.keys())}`);
    return withSettings(text, [{ of: first, property: rest.join('.'), value }]);
  }
  const having = [...nodes].filter(([, kind]) => propertiesOf(kind).includes(axis));
  if (having.length === 0) {
    const known = [...nodes.values()].flatMap(propertiesOf);
    throw new RangeError(`${axis}: no node of the file has such a property${suggestion(axis, known)}`);
  }
  return withSettings(
    text,
    having.map(([of]) => ({ of, property: axis, value })),
  );
}

function propertiesOf(kind: string): readonly string[] {
  return Object.hasOwn(KIND_PROPERTIES, kind) ? KIND_PROPERTIES[kind as keyof typeof KIND_PROPERTIES] : [];
}

/** Kinds of a file's nodes by their names: their own, else that of their group, else the default. */
function kindsIn(text: string): ReadonlyMap<string, string> {
  const document = parseDocument(text);
  const nodes = document.getIn(['topology', 'nodes']);
  const kindAt = (...path: readonly string[]): string | undefined => {
    const kind = document.getIn(['topology', ...path, 'kind']);
    return kind === undefined ? undefined : String(kind);
  };
  const names = isMap(nodes) ? nodes.items.map(({ key }) => String(key)) : [];
  return new Map(
    names.map((name) => {
      const group = String(document.getIn(['topology', 'nodes', name, 'group']) ?? '');
      return [name, kindAt('nodes', name) ?? kindAt('groups', group) ?? kindAt('defaults') ?? ''];
    }),
  );
}
