import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allElements, readXml } from '../support/xml-reader.ts';
import { recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const data = recorded(TWO_HOSTS);
const dir = scratch();

const boxes = (svg: string): readonly unknown[] =>
  allElements(readXml(svg))
    .filter(({ attributes }) => attributes['class'] === 'box')
    .map(({ attributes }) => attributes);

describe('graph', () => {
  test('writes a picture, and each moment of a lab has its boxes where the others have them', () => {
    const out = join(dir, 'end.svg');
    const { code, stdout } = switchback(['graph', 'two-hosts', '-o', out, '--data', data]);
    expect([code, stdout]).toEqual([0, '']);
    const earlier = switchback(['graph', 'two-hosts@1', '--data', data]);
    expect(earlier.code).toBe(0);
    expect(boxes(earlier.stdout)).toEqual(boxes(readFileSync(out, 'utf8')));
    expect(boxes(earlier.stdout).length).toBeGreaterThan(2);
  });

  test('draws a lab file as it begins', () => {
    const { code, stdout } = switchback(['graph', TWO_HOSTS, '-f', 'mermaid']);
    expect(code).toBe(0);
    expect(stdout).toBe(`flowchart LR
  n0["a<br/>host"]
  n1["b<br/>host"]
  n2["sw<br/>switch"]
  n0 ---|"eth0 - p1"| n2
  n1 ---|"eth0 - p2"| n2
`);
  });

  test.each([
    [['graph', 'nobody'], 'there is no lab nobody; recorded labs: two-hosts'],
    [['report', 'two-hosts@99999'], 'it has no position 99999'],
    [['report', 'two-hosts', '--file', 'labs/vmotion.lab.yml'], 'is not what lab two-hosts was run from: it defines another lab'],
  ])('%j ends with 2, and says why', (args, why) => {
    const { code, stderr } = switchback([...args, '--data', data]);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});

test('report writes one page that appears whole', () => {
  const out = join(dir, 'report.html');
  const { code, stderr } = switchback(['report', 'two-hosts', '--file', TWO_HOSTS, '-o', out, '--data', data]);
  expect([code, stderr]).toEqual([0, '']);
  expect(existsSync(out)).toBe(true);
  const text = readFileSync(out, 'utf8');
  expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(text.trimEnd()).toMatch(/<\/html>$/);
});
