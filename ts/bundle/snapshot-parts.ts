/**
 * Snapshots in the files of a bundle: `snapshots/0000000098` and so on, named by their position. They save the reader a re-execution, and
 * prove nothing.
 *
 *   0             4           4 + length
 *   ┌─────────────┬───────────┬─────────────────────────────────────────┐
 *   │ length, u32 │ head JSON │ the pages that no file before has brought │
 *   └─────────────┴───────────┴─────────────────────────────────────────┘
 *
 * A region changes little from one snapshot to the next. So it is cut into pages, and each distinct page stands in the archive once: the
 * head lists the region's pages by their numbers, 1 for the page that came first, 0 for a page of zeros. The length has its least byte first.
 */
import type { Snapshot } from '../engine/snapshot.ts';
import { fromHex, toHex } from '../model/events/chain.ts';
import type { TarFile } from './tar.ts';

const FOLDER = 'snapshots/';
const NAME_DIGITS = 10;
const LENGTH_BYTES = 4;
const PAGE_BYTES = 4096;
/** Distinct pages of one bundle: 64 MiB, which a reader holds at a time. */
const PAGES_MAX = 2 ** 14;
/** Larger regions go into no bundle. */
const REGION_BYTES_MAX = 2 ** 27;
/** A file stays well below what a bundle's reader takes (read-bundle.ts). */
const FILE_BYTES_MAX = 2 ** 24;
/** Snapshots of one bundle. */
export const SNAPSHOTS_MAX = 64;

/** A snapshot as a bundle brings it. Nothing of it is known to be true. */
export interface BundledSnapshot extends Omit<Snapshot, 'untilNs'> {
  /** Identity of the engine that it is for. */
  readonly engine: string;
}

/** A file that holds no snapshot, or one that this version cannot read. The bundle is as good without it. */
export class SnapshotUnusable extends Error {
  override readonly name = 'SnapshotUnusable';
}

export function isSnapshotPart(name: string): boolean {
  return name.startsWith(FOLDER);
}

interface Head extends Omit<BundledSnapshot, 'chain' | 'region'> {
  readonly chain: string;
  readonly regionBytes: number;
  readonly pages: readonly number[];
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Writes the snapshots of one lab into files, in the order of their positions. The same snapshots make the same files. */
export class SnapshotWriter {
  /** Number of each page, by its bytes as text. */
  #numbers = new Map<string, number>();

  /** The file of the next snapshot; null when it is too large for a bundle, or its pages are more than a reader holds. */
  add({ engine, position, chain, region, state, memory }: BundledSnapshot): TarFile | null {
    const numbers = new Map(this.#numbers);
    const fresh: Uint8Array[] = [];
    const pages: number[] = [];
    for (let at = 0; at < region.length; at += PAGE_BYTES) {
      const page = pageAt(region, at);
      if (page.every((byte) => byte === 0)) {
        pages.push(0);
        continue;
      }
      const key = textOf(page);
      const number = numbers.get(key) ?? numbers.size + 1;
      if (number > numbers.size) {
        numbers.set(key, number);
        fresh.push(page);
      }
      pages.push(number);
    }
    const head: Head = { engine, position, chain: toHex(chain), regionBytes: region.length, pages, state, memory };
    const bytes = fileOf(new TextEncoder().encode(JSON.stringify(head)), fresh);
    if (region.length > REGION_BYTES_MAX || bytes.length > FILE_BYTES_MAX || numbers.size > PAGES_MAX) return null;
    this.#numbers = numbers;
    return { name: `${FOLDER}${String(position).padStart(NAME_DIGITS, '0')}`, bytes };
  }
}

/** A page of a region; the last one is filled up with zeros. */
function pageAt(region: Uint8Array, at: number): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  page.set(region.subarray(at, at + PAGE_BYTES));
  return page;
}

/** One character for each byte, another for another byte. */
function textOf(page: Uint8Array): string {
  return new TextDecoder('latin1').decode(page);
}

function fileOf(head: Uint8Array, pages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + head.length + pages.length * PAGE_BYTES);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, LENGTH_BYTES);
  for (const [i, page] of pages.entries()) bytes.set(page, LENGTH_BYTES + head.length + i * PAGE_BYTES);
  return bytes;
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reads the snapshots of one bundle, in its order. After one that is unusable, later ones may lack pages. */
export class SnapshotReader {
  readonly #pages: Uint8Array[] = [];

  /** @throws SnapshotUnusable naming the file and what is wrong with it */
  read({ name, bytes }: TarFile): BundledSnapshot {
    const wrong = (what: string): SnapshotUnusable => new SnapshotUnusable(`${name}: ${what}`);
    if (bytes.length < LENGTH_BYTES) throw wrong('it has no head');
    const end = LENGTH_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (end > bytes.length) throw wrong('it ends inside its head');
    const head = headOf(bytes.subarray(LENGTH_BYTES, end));
    if (head === null) throw wrong('its head is no description of a snapshot');
    const { chain, regionBytes, pages, ...rest } = head;
    const region = this.#regionOf(pages, regionBytes, bytes.subarray(end));
    if (region === null) throw wrong('its pages are not those that its head lists');
    return { ...rest, chain: fromHex(chain), region };
  }

  /** Null where pages are missing, left over, or more than a reader holds. */
  #regionOf(pages: readonly number[], regionBytes: number, brought: Uint8Array): Uint8Array | null {
    if (pages.length !== Math.ceil(regionBytes / PAGE_BYTES)) return null;
    const region = new Uint8Array(pages.length * PAGE_BYTES);
    let taken = 0;
    for (const [i, number] of pages.entries()) {
      if (number === this.#pages.length + 1 && taken + PAGE_BYTES <= brought.length && number <= PAGES_MAX) {
        this.#pages.push(brought.slice(taken, taken + PAGE_BYTES));
        taken += PAGE_BYTES;
      }
      const page = this.#pages[number - 1];
      if (page !== undefined) region.set(page, i * PAGE_BYTES);
      else if (number !== 0) return null;
    }
    return taken === brought.length ? region.subarray(0, regionBytes) : null;
  }
}

/** Null for what is none. State and memory are left to whoever compares them with a checkpoint. */
function headOf(bytes: Uint8Array): Head | null {
  const head = parsed(bytes);
  if (head === null) return null;
  const { engine, position, chain, regionBytes, pages, state, memory } = head;
  if (typeof engine !== 'string' || typeof chain !== 'string' || !/^[0-9a-f]{64}$/.test(chain)) return null;
  if (!isCount(position) || !isCount(regionBytes) || regionBytes > REGION_BYTES_MAX) return null;
  if (!Array.isArray(pages) || !pages.every(isCount) || !isObject(state) || !isObject(memory)) return null;
  return { engine, position, chain, regionBytes, pages, state: state as Head['state'], memory: memory as Head['memory'] };
}

function parsed(bytes: Uint8Array): Partial<Record<keyof Head, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
