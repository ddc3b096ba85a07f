/** Reads an OpenAPI document. */

interface Document {
  readonly paths: object;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const REFERENCE = /^#\/components\/(parameters|responses)\/(.+)$/;

/** The same document with each parameter and each response where it is referred to; schemas still refer. */
export function resolved<T extends Document>(document: T): T {
  const at = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(at);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref } = value as { readonly $ref?: unknown };
    const [, kind = '', name = ''] = (typeof $ref === 'string' ? REFERENCE.exec($ref) : null) ?? [];
    if (kind !== '') return document.components[kind]?.[name];
    return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, at(one)]));
  };
  return { ...document, paths: at(document.paths) };
}
