/**
 * The control door of the data plane from a table, as gen/dataplane/dataplane.js has it in code: numbers are checked on their way in, results
 * are read as the canonical ABI of the component model lays them out, and behind a trap every call is refused.
 */

/** Made by scripts/page-door.ts of asm/wit/dataplane.wit. Types are letters: i u32, l u64, s s32, b bool. */
export interface DoorTable {
  /** Names of the errors, in order. */
  readonly errors: string;
  /** Fields of each record: "id,ageingNs:l"; one without a type is a u32. */
  readonly records: Readonly<Record<string, string>>;
  /**
   * "name given result" of each function. Given are letters, or a record's name. The result is empty where the function may be refused, "-"
   * for none, a letter, a record's name, or one of these behind "*", for a list.
   */
  readonly functions: string;
}

type Door = Readonly<Record<string, (...given: unknown[]) => unknown>>;
type Core = (...given: (number | bigint)[]) => number | bigint;
type Instantiate = (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly at: number;
}

/** A record as it lies in memory. */
interface Layout {
  readonly fields: readonly Field[];
  readonly bytes: number;
}

const INTERFACE = 'switchback:dataplane/control#';
const U32_BYTES = 4;
const U64_BYTES = 8;
const U32_MAX = 2 ** 32 - 1;
const U64_MAX = 2n ** 64n - 1n;

/** `instantiate` as the generated bindings export it, for the functions of a table. */
export function instantiateOf(table: DoorTable) {
  return (
    getModule: () => WebAssembly.Module,
    imports: WebAssembly.Imports,
    instantiate: Instantiate,
  ): { readonly control: Door } => {
    const { exports } = instantiate(getModule(), imports);
    const memory = new Memory(exports['memory'] as WebAssembly.Memory, table.errors.split(','));
    const layouts = new Map(Object.entries(table.records).map(([name, fields]) => [name, layoutOf(fields)]));
    let isTrapped = false;
    const control = table.functions.split(',').map((text) => {
      const [name = '', given = '', result = ''] = text.split(' ');
      const core = exports[`${INTERFACE}${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`] as Core;
      const record = layouts.get(given)?.fields;
      const types = record?.map(({ type }) => type) ?? [...given];
      const read = memory.reader(result, layouts);
      const call = (...all: unknown[]): unknown => {
        const values =
          record === undefined ? all : record.map((field) => (all[0] as Readonly<Record<string, unknown>>)[field.name]);
        if (isTrapped) throw new WebAssembly.RuntimeError('wasm trap: cannot enter component instance');
        const numbers = types.map((type, index) => lowered(type, values[index]));
        try {
          return read(core(...numbers));
        } catch (error) {
          isTrapped ||= error instanceof WebAssembly.RuntimeError;
          throw error;
        }
      };
      return [name, call] as const;
    });
    return { control: Object.fromEntries(control) };
  };
}

/** A number as wasm takes it. @throws TypeError for one that is not of its type */
function lowered(type: string, value: unknown): number | bigint {
  if (type === 'b') return value ? 1 : 0;
  if (type === 'l') {
    const number = BigInt(value as bigint);
    if (number < 0n || number > U64_MAX) throw new TypeError(`invalid u64 value [${number}]`);
    return number;
  }
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > U32_MAX)
    throw new TypeError(`invalid u32 value [${value}]`);
  return value as number;
}

function layoutOf(text: string): Layout {
  let end = 0;
  const fields = text.split(',').map((field) => {
    const [name = '', type = 'i'] = field.split(':');
    const size = bytesOf(type);
    const at = aligned(end, size);
    end = at + size;
    return { name, type, at };
  });
  return { fields, bytes: aligned(end, Math.max(...fields.map(({ type }) => bytesOf(type)))) };
}

function bytesOf(type: string): number {
  return type === 'l' ? U64_BYTES : U32_BYTES;
}

function aligned(at: number, size: number): number {
  return Math.ceil(at / size) * size;
}

type Read = (ret: number | bigint) => unknown;

/** What a call leaves in memory. */
class Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #errors: readonly string[];
  #known = new DataView(new ArrayBuffer(0));

  constructor(memory: WebAssembly.Memory, errors: readonly string[]) {
    this.#memory = memory;
    this.#errors = errors;
  }

  /** What makes a result of what a function gives back: a number, or where the rest of it lies. */
  reader(result: string, layouts: ReadonlyMap<string, Layout>): Read {
    if (result === '-') return () => undefined;
    if (result === '') return (at) => this.#refuse(at as number);
    if (result === 'b') return (bit) => bit === 1;
    if (result === 'i') return (number) => (number as number) >>> 0;
    if (result === 'l') return (number) => BigInt.asUintN(64, number as bigint);
    const layout = layouts.get(result.replace('*', ''));
    if (layout === undefined) return (at) => new Uint32Array(this.#memory.buffer.slice(...this.#list(at as number, U32_BYTES)));
    if (!result.startsWith('*')) return (at) => this.#record(layout, at as number);
    return (ret) => {
      const rows: unknown[] = [];
      const [from, to] = this.#list(ret as number, layout.bytes);
      for (let at = from; at < to; at += layout.bytes) rows.push(this.#record(layout, at));
      return rows;
    };
  }

  /** From where to where the members of a list lie. */
  #list(ret: number, bytes: number): [from: number, to: number] {
    const view = this.#view;
    const from = view.getUint32(ret, true);
    return [from, from + view.getUint32(ret + U32_BYTES, true) * bytes];
  }

  #record({ fields }: Layout, from: number): unknown {
    const view = this.#view;
    const record: Record<string, number | bigint> = {};
    for (const { name, type, at } of fields) {
      if (type === 'l') record[name] = view.getBigUint64(from + at, true);
      else record[name] = type === 's' ? view.getInt32(from + at, true) : view.getUint32(from + at, true);
    }
    return record;
  }

  #refuse(at: number): void {
    const view = this.#view;
    if (view.getUint8(at) !== 0) throw new Error(this.#errors[view.getUint8(at + 1)]);
  }

  /** Memory grows once, while a lab is laid out. */
  get #view(): DataView {
    if (this.#known.buffer !== this.#memory.buffer) this.#known = new DataView(this.#memory.buffer);
    return this.#known;
  }
}
