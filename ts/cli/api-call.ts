/**
 * Requests to a server, typed by what /openapi.json says of each operation (gen/api/operations.ts). The type of a success is what the
 * document promises. Anything may answer instead of a server, so a failure is whatever was sent.
 */
import { OPERATIONS, type Operations } from '../../gen/api/operations.ts';

export type OperationId = keyof Operations;
export type Json = Readonly<Record<string, unknown>>;

type Bodies<O extends OperationId> = Operations[O]['body'];

/** A body as one of the types that the operation takes; bytes where the document knows no more. */
type BodyOf<O extends OperationId> = {
  readonly [T in keyof Bodies<O>]: {
    readonly type: T;
    readonly value: unknown extends Bodies<O>[T] ? Uint8Array<ArrayBuffer> | string : Bodies<O>[T];
  };
}[keyof Bodies<O>];

export interface Asked<O extends OperationId> {
  readonly path: Operations[O]['path'];
  readonly query?: Operations[O]['query'];
  readonly body?: BodyOf<O>;
}

type Answers<O extends OperationId> = Operations[O]['answers'];

/** What the operation answers with 200, 201 or 202. */
export type SuccessOf<O extends OperationId> = Answers<O>[keyof Answers<O> & (200 | 201 | 202)];

export type Answer<O extends OperationId> =
  | { readonly ok: true; readonly status: number; readonly json: SuccessOf<O> }
  | { readonly ok: false; readonly status: number; readonly json: Json };

export interface CallOptions {
  /** Empty where the server has none. */
  readonly token: string;
  /** `Idempotency-Key`. */
  readonly id?: string;
  /** Seconds to wait for the lab. */
  readonly wait?: string;
}

/** Asks a server. Rejects with what `fetch` rejects with. @param url of the server, without a slash at its end */
export async function call<O extends OperationId>(
  url: string,
  operation: O,
  { path, query, body }: Asked<O>,
  { token, id, wait }: CallOptions,
): Promise<Answer<O>> {
  const [method, template] = OPERATIONS[operation];
  const sent = body as { readonly type: string; readonly value: unknown } | undefined;
  const headers = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(id === undefined ? {} : { 'idempotency-key': id }),
    ...(sent === undefined ? {} : { 'content-type': sent.type }),
  };
  const search = searchOf({ ...query, ...(wait === undefined ? {} : { wait }) });
  const response = await fetch(url + filled(template, path) + search, {
    method,
    headers,
    redirect: 'error',
    ...(sent === undefined ? {} : { body: bytesOf(sent.value) }),
  });
  const { ok, status } = response;
  return { ok, status, json: parsed(await response.text()) } as Answer<O>;
}

function filled(template: string, path: object): string {
  const values = path as Readonly<Record<string, unknown>>;
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function searchOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return search.size === 0 ? '' : `?${search}`;
}

function bytesOf(value: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? (value as Uint8Array<ArrayBuffer>) : JSON.stringify(value);
}

/** Whatever was sent, as an object; an empty one when it is none. */
function parsed(text: string): Json {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
