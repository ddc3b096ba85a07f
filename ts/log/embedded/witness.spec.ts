import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWitness, type Sighting, witnessFile, writeWitness } from './witness.ts';

const LAB = 'ha';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchback-witness-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function seen(position: number, more: Partial<Sighting> = {}): Sighting {
  return { incarnation: 1, removed: false, position, chain: 'ab'.repeat(32), ...more };
}

function pathOf(lab = LAB): string {
  return join(dir, 'heads', witnessFile(lab));
}

test('the latest of many sightings counts, and the file does not grow', () => {
  for (let position = 1; position <= 12; position++) {
    writeWitness(dir, LAB, seen(position));
    expect(readWitness(dir, LAB)).toEqual(seen(position));
  }
  expect(readFileSync(pathOf())).toHaveLength(1024);
});

test('a removed lab is later than its last position, and the next lab of its name is later still', () => {
  const gone = seen(0, { removed: true, chain: '' });
  const next = seen(1, { incarnation: 2 });
  for (const sighting of [seen(7), gone, next]) {
    writeWitness(dir, LAB, sighting);
    expect(readWitness(dir, LAB)).toEqual(sighting);
  }
});

test('whatever a write leaves when it is cut off, the sighting before it counts', () => {
  for (let bytes = 0; bytes <= 512; bytes += 16) {
    writeWitness(dir, LAB, seen(100 + bytes));
    const before = readFileSync(pathOf());
    writeWitness(dir, LAB, seen(101 + bytes));
    const after = readFileSync(pathOf());
    const at = before.subarray(0, 512).equals(after.subarray(0, 512)) ? 512 : 0;
    const cut = Buffer.from(before);
    after.copy(cut, at, at, at + bytes);
    writeFileSync(pathOf(), cut);
    expect([seen(100 + bytes), seen(101 + bytes)]).toContainEqual(readWitness(dir, LAB));
    const isCut = bytes < after.indexOf('"crc":', at) - at;
    if (isCut) expect(readWitness(dir, LAB)).toEqual(seen(100 + bytes));
  }
});

test('a witness of one line, as earlier versions wrote it, is read, and gets two slots with the next commit', () => {
  writeWitness(dir, LAB, seen(7));
  const [line = ''] = readFileSync(pathOf(), 'utf8').split('\n');
  writeFileSync(pathOf(), `${line.trimEnd()}\n`);
  expect(readWitness(dir, LAB)).toEqual(seen(7));
  writeWitness(dir, LAB, seen(8));
  expect(readWitness(dir, LAB)).toEqual(seen(8));
  expect(readFileSync(pathOf())).toHaveLength(1024);
});

test('a name that is too long for a slot has a witness all the same', () => {
  const lab = '\u0001'.repeat(60);
  mkdirSync(join(dir, 'heads'), { recursive: true });
  for (const position of [1, 2]) {
    writeWitness(dir, lab, seen(position));
    expect(readWitness(dir, lab)).toEqual(seen(position));
  }
});

test('a witness of which nothing is sound proves that there was a lab, and nothing more', () => {
  writeWitness(dir, LAB, seen(7));
  writeFileSync(pathOf(), readFileSync(pathOf(), 'utf8').replaceAll('"position":7', '"position":9'));
  expect(readWitness(dir, LAB)).toBe('unreadable');
});
