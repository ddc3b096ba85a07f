/**
 * Reads the sections of a WebAssembly module that say what it shares with its host and what it keeps outside memory: imports and
 * globals. WebAssembly core specification, 5.5: https://webassembly.github.io/spec/core/binary/modules.html
 */

const IMPORT_SECTION = 2;
const GLOBAL_SECTION = 6;
const MAGIC_AND_VERSION_BYTES = 8;
const END = 0x0b;
/** Constant instructions a global may begin with, and whether their operand is LEB128 or how many bytes it has. */
const CONSTANTS: Readonly<Record<number, 'leb' | number>> = { 65: 'leb', 66: 'leb', 67: 4, 68: 8, 35: 'leb', 210: 'leb', 208: 1 };

export interface Global {
  readonly isMutable: boolean;
}

export interface Sections {
  readonly imports: number;
  readonly globals: readonly Global[];
}

/** @throws SyntaxError when the bytes are no module of the kind asc makes. */
export function readSections(bytes: Uint8Array): Sections {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\0asm') throw new SyntaxError('not a WebAssembly module');
  const reader = new Reader(bytes, MAGIC_AND_VERSION_BYTES);
  let imports = 0;
  let globals: Global[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const end = reader.u32() + reader.at;
    if (id === IMPORT_SECTION) imports = reader.u32();
    if (id === GLOBAL_SECTION) {
      globals = readGlobals(reader);
      if (reader.at !== end) throw new SyntaxError(`the globals end at ${reader.at}, their section at ${end}`);
    }
    reader.at = end;
  }
  return { imports, globals };
}

function readGlobals(reader: Reader): Global[] {
  return Array.from({ length: reader.u32() }, () => {
    reader.byte(); // type
    const mutability = reader.byte();
    if (mutability > 1) throw new SyntaxError(`a global with mutability ${mutability}`);
    skipConstant(reader);
    return { isMutable: mutability === 1 };
  });
}

function skipConstant(reader: Reader): void {
  const operand = CONSTANTS[reader.byte()];
  if (operand === undefined) throw new SyntaxError('a global that begins with no constant');
  if (operand === 'leb') reader.skipLeb();
  else reader.at += operand;
  if (reader.byte() !== END) throw new SyntaxError('a global that begins with more than a constant');
}

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new SyntaxError('the module is cut off');
    return byte;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skipLeb(): void {
    while (this.byte() >= 0x80);
  }
}
