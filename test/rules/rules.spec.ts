/** The texts of the rules, and what makes docs/rules.md of them and of a run. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { prove, readPlayed } from '../../scripts/rules/clauses.ts';
import { rulesPage } from '../../scripts/rules/page.ts';
import { runOf, TestIndex } from '../../scripts/rules/report.ts';
import { type VectorTable, vectorFaults } from '../../scripts/rules/vector-rows.ts';
import { clauseNamed, RULES, ruleNamed } from '../../ts/rules/rules.ts';

const PLAYED = readPlayed('test/rules/clauses');
const CLAUSES = RULES.flatMap(({ clauses }) => clauses);

describe('the texts', () => {
  test('are of 169 rules, each with clauses a, b, c and so on', () => {
    expect(RULES).toHaveLength(169);
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(169);
    for (const { id, clauses } of RULES) {
      expect(clauses.map((clause) => clause.id)).toEqual(clauses.map((_, i) => id + String.fromCharCode(97 + i)));
      expect(clauses.length, id).toBeGreaterThan(0);
    }
  });

  test('are whole sentences, and those of what is not built say with what it comes', () => {
    for (const { id, text, built, comesWith } of CLAUSES) {
      expect(text, id).toMatch(/^[A-Z0-9a-z].{10,}[.)]$/);
      expect(comesWith === undefined, id).toBe(built);
    }
  });

  test('are found by the id of a rule or of a clause, in letters of either case', () => {
    expect(ruleNamed('vsw-09')?.title).toBe('Forged transmits');
    expect(ruleNamed('VSW-09b')?.id).toBe('VSW-09');
    expect(clauseNamed('vsw-09b')?.text).toContain('own source');
    expect([ruleNamed('VSW-99'), ruleNamed('VSW'), clauseNamed('VSW-09'), clauseNamed('VSW-09z')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('the tables of tests name clauses that are built, and specs that are there', () => {
    for (const [id, places] of Object.entries(PLAYED)) {
      expect(clauseNamed(id)?.built, id).toBe(true);
      for (const place of places) expect(existsSync(place.split(' > ')[0] ?? ''), place).toBe(true);
    }
  });
});

// ── A run ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const SPEC = 'test/rules/one.spec.ts';

function assertion(title: string, { status = 'passed', playsLab = true } = {}) {
  return { ancestorTitles: ['', 'a vSwitch'], title, status, meta: { playsLab } };
}

/** A report of one spec. */
function report(...assertionResults: ReturnType<typeof assertion>[]) {
  return { testResults: [{ name: `/project/${SPEC}`, status: 'passed', message: '', assertionResults }] };
}

describe('a run', () => {
  test('that is whole has no faults, and its tests are found by their places', () => {
    const run = runOf('/project', [report(assertion('one'))], [SPEC]);
    expect(run.faults).toEqual([]);
    const index = new TestIndex(run.tests);
    expect(index.at(`${SPEC} > a vSwitch > one`)).toHaveLength(1);
    expect(index.at(`${SPEC} > a * > o*e`)).toHaveLength(1);
    expect([index.at(`${SPEC} > a vSwitch > on`), index.at('other.spec.ts > *')]).toEqual([[], []]);
  });

  test.each(['skipped', 'pending', 'todo', 'failed'])('with a test that was %s proves nothing', (status) => {
    expect(runOf('/project', [report(assertion('one', { status }))], [SPEC]).faults).toEqual([
      `${SPEC} > a vSwitch > one: ${status}`,
    ]);
  });

  test('without a spec, or with one that could not be loaded, proves nothing', () => {
    expect(runOf('/project', [report()], [SPEC, 'test/two.spec.ts']).faults).toEqual(['test/two.spec.ts: was not part of the run']);
    const broken = {
      testResults: [{ name: `/project/${SPEC}`, status: 'failed', message: 'no such file\nat …', assertionResults: [] }],
    };
    expect(runOf('/project', [broken], [SPEC]).faults).toEqual([`${SPEC}: no such file`]);
  });

  test('may be in several reports', () => {
    const other = { testResults: [{ name: '/project/test/two.spec.ts', status: 'passed', message: '', assertionResults: [] }] };
    expect(runOf('/project', [report(), other], [SPEC, 'test/two.spec.ts']).faults).toEqual([]);
  });

  test('counts a spec as the last report has it', () => {
    const failed = report(assertion('one', { status: 'failed' }));
    expect(runOf('/project', [failed, report(assertion('one'))], [SPEC]).faults).toEqual([]);
    expect(runOf('/project', [report(assertion('one')), failed], [SPEC]).faults).toHaveLength(1);
  });
});

describe('a clause', () => {
  const place = `${SPEC} > a vSwitch > one`;

  function proven(played: Readonly<Record<string, readonly string[]>>, ...tests: ReturnType<typeof assertion>[]) {
    const run = runOf('/project', [report(...tests)], [SPEC]);
    return prove(played, new TestIndex(run.tests), run.tests);
  }

  test('is proven by a listed test that played a lab', () => {
    const { clauses, faults } = proven({ 'VSW-09a': [place] }, assertion('one'));
    expect(faults).toEqual([]);
    expect(clauses.get('VSW-09a')?.proofs).toEqual([{ file: SPEC, title: 'a vSwitch > one', tests: 1 }]);
    expect(clauses.get('VSW-09b')?.proofs).toEqual([]);
  });

  test('is proven by a test that names it, not by one that names its rule', () => {
    const { clauses } = proven({}, assertion('VSW-09a: one'), assertion('VSW-09: two'));
    expect(clauses.get('VSW-09a')?.proofs).toHaveLength(1);
    expect(clauses.get('VSW-09b')?.proofs).toEqual([]);
  });

  test('is not proven by a test that plays no lab', () => {
    const idle = { playsLab: false };
    expect(proven({ 'VSW-09a': [place] }, assertion('one', idle)).faults).toEqual([`VSW-09a: plays no lab: ${place}`]);
    expect(proven({}, assertion('VSW-09a: one', idle)).clauses.get('VSW-09a')?.proofs).toEqual([]);
  });

  test('is a fault when its test is lost, when it does not exist, or is not built', () => {
    expect(proven({ 'VSW-09a': [place] }).faults).toEqual([`VSW-09a: no such test: ${place}`]);
    expect(proven({ 'VSW-09z': [place] }, assertion('one')).faults).toEqual(['VSW-09z: no rule has such a clause']);
    expect(proven({ 'HA-21a': [place] }, assertion('one')).faults).toEqual([
      'HA-21a: tests are listed for it, but it is not built',
    ]);
    expect(proven({}, assertion('HA-21a: one')).faults).toEqual([`${SPEC} > a vSwitch > HA-21a: one: HA-21a is not built`]);
  });

  test('has a row of the page, and so has each rule: with how many of its clauses are built and tested', () => {
    const page = rulesPage(proven({ 'VSW-09a': [place] }, assertion('one')).clauses);
    expect(page).toContain('| [VSW-09](#vsw-09-forged-transmits) | Forged transmits | 5 | 5 | 1 |');
    expect(page).toMatch(/\| VSW-09a \| When rejected, .* \| built \| one \|/);
    expect(page).toMatch(/\| HA-21a \| .* \| not yet: active\/active \| {2}\|/);
    for (const { id } of CLAUSES) expect(page).toContain(`\n| ${id} | `);
  });
});

describe('rows of vectors', () => {
  const tables: readonly VectorTable[] = [{ file: 'eui64.json', at: 'rules', says: 'the rules it serves' }];
  const faults = (...more: VectorTable[]) =>
    vectorFaults('test/vectors', [...tables, ...more], new TestIndex([])).filter((fault) => fault.startsWith('eui64.json'));
  const pair: VectorTable = { file: 'eui64.json', at: 'failover_pair', says: 'a pair' };

  test('that no table is about are a fault', () => {
    expect(faults(pair)).toEqual(['eui64.json#vectors: is in no table of test/rules/vector-rows.json']);
  });

  test('that no test takes up are a fault, and so are tests that are lost', () => {
    const [first] = faults(pair, { file: 'eui64.json', at: 'vectors', row: '{mac}' });
    expect(first).toBe('eui64.json#vectors 34:56:78:9a:bc:de: no test takes it up');
    const [lost] = faults(pair, { file: 'eui64.json', at: 'vectors', row: '{mac}', tests: ['a.spec.ts > {iid}'] });
    expect(lost).toBe('eui64.json#vectors 34:56:78:9a:bc:de: no such test: a.spec.ts > 365678fffe9abcde');
  });

  test('may wait for a subject, if they are there', () => {
    expect(faults(pair, { file: 'eui64.json', at: 'vectors', row: '{mac}', waits: { '*': 'IPv6' } })).toEqual([]);
    const [gone] = faults(pair, { file: 'eui64.json', at: 'vectors', row: '{mac}', waits: { 'no such row': 'IPv6' } });
    expect(gone).toBe('eui64.json#vectors: has no row no such row');
  });
});
