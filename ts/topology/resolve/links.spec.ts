import { describe, expect, test } from 'vitest';
import type { LabLink } from '../../model/lab/links.ts';
import { formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

/** Two hosts and a switch between them; `impair` is what the first link says. */
function text({ impair = '', top = '', more = '' }): string {
  return `name: lines
${top}
topology:
  nodes: { a: { kind: host }, b: { kind: host }, c: { kind: host }, sw: { kind: switch } }
  links:
    - { endpoints: ["a:eth0", "sw:p1"]${impair} }
    - { endpoints: ["b:eth0", "sw:p2"] }
    ${more}
`;
}

function links(options: Parameters<typeof text>[0]): readonly LabLink[] {
  const result = readLabFile(text(options), 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file.lab.links;
}

function errors(impair: string): string[] {
  const result = readLabFile(text({ impair: `, impair: ${impair}` }), 'lab.yml');
  return result.ok ? [] : result.findings.map(formatFinding);
}

const FULL = { delayNs: 5e6, jitterNs: 1e6, lossPpm: 10_000, corruptionPpm: 1000, rateBps: 10e6 };
const NONE = { delayNs: 0, jitterNs: 0, lossPpm: 0, corruptionPpm: 0, rateBps: 0 };

describe('impairments of a link', () => {
  test('one for both directions', () => {
    const [link] = links({ impair: ', impair: { delay: 5ms, jitter: 1ms, loss: 1%, corruption: 0.1%, rate: 10M }' });
    expect(link).toMatchObject({ impairA: FULL, impairB: FULL });
  });

  test('one for each direction, named by the interface it leaves', () => {
    const [link] = links({ impair: ', impair: { "sw:p1": { loss: 50% }, "a:eth0": { delay: 1s } }' });
    expect(link).toMatchObject({ impairA: { ...NONE, delayNs: 1e9 }, impairB: { ...NONE, lossPpm: 500_000 } });
  });

  test('a direction that is not named, and one of which nothing is said, do nothing to frames', () => {
    expect(links({ impair: ', impair: { "sw:p1": { loss: 50% } }' })[0]).not.toHaveProperty('impairA');
    expect(links({ impair: ', impair: { "sw:p1": {} }' })[0]).not.toHaveProperty('impairB');
    expect(links({ impair: ', impair: { loss: 0 }' })[0]).not.toHaveProperty('impairA');
    expect(links({})[0]).not.toHaveProperty('impairB');
  });

  test.each([
    ['{ los: 1% }', /:6:51: error: an impairment has no property "los"; did you mean "loss"\?$/],
    ['{ loss: 1 }', /:6:57: error: 1 is not a percentage such as 1% or 0.05%$/],
    ['{ loss: "1" }', /:6:57: error: "1" is not a percentage/],
    ['{ loss: 101% }', /"101%" is not a percentage/],
    ['{ corruption: 0.00001% }', /"0.00001%" is not a percentage/],
    ['{ delay: 5 }', /5 is not a time with a unit up to 4s, such as 5ms/],
    ['{ jitter: 5s }', /"5s" is not a time with a unit up to 4s/],
    ['{ rate: fast }', /"fast" is not a rate such as 10M/],
    ['5ms', /:6:49: error: expected an impairment, found "5ms"/],
    ['{ "a:eth0": 5ms }', /expected an impairment, found "5ms"/],
    ['{ "a:eth1": { loss: 1% } }', /:6:51: error: "a:eth1" is not an end of this link; did you mean "a:eth0"\?$/],
    ['{ "elsewhere:x": { loss: 1% } }', /"elsewhere:x" is not an end of this link; expected a:eth0 or sw:p1$/],
    [
      '{ loss: 1%, "a:eth0": { loss: 2% } }',
      /:6:61: error: an impairment applies to both directions or to each by its end; use one of the two forms$/,
    ],
    [
      '{ "a:eth0": { loss: 2% }, loss: 1% }',
      /:6:75: error: an impairment applies to both directions or to each by its end; use one of the two forms$/,
    ],
  ])('%s is one mistake, told where it was made', (impair, expected) => {
    expect(errors(impair)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the seed of a link', () => {
  const seeds = (options: Parameters<typeof text>[0]) => links(options).map(({ seed }) => seed);

  test('is always there, has 32 bits, and differs from link to link', () => {
    const all = seeds({});
    expect(new Set(all).size).toBe(2);
    for (const seed of all) expect(seed).toBe(Number(seed) >>> 0);
  });

  test('does not change when another link is added, or this one impaired', () => {
    expect(seeds({ more: '- { endpoints: ["c:eth0", "sw:p3"] }' }).slice(0, 2)).toEqual(seeds({}));
    expect(seeds({ impair: ', impair: { loss: 1% }' })).toEqual(seeds({}));
  });

  test("follows the lab's seed, which is 0 unless said", () => {
    expect(seeds({ top: 'seed: 0' })).toEqual(seeds({}));
    expect(seeds({ top: 'seed: 1' })).not.toEqual(seeds({}));
    expect(seeds({ top: 'seed: 4294967295' })).toHaveLength(2);
  });

  test.each(['4294967296', '-1', '1.5', 'chance'])('%s is no seed', (seed) => {
    const result = readLabFile(text({ top: `seed: ${seed}` }), 'lab.yml');
    expect(result.ok ? [] : result.findings.map(({ line, column }) => [line, column])).toEqual([[2, 7]]);
  });
});
