/** What a warning names can be looked up. */
import { describe, expect, test } from 'vitest';
import { json, switchback } from './switchback.ts';

describe('switchback rule', () => {
  test('says what a rule says, which tests play it, and which labs tell of it', () => {
    const { code, stdout } = switchback(['rule', 'VSW-09']);
    expect(code).toBe(0);
    expect(stdout).toContain('VSW-09 Forged transmits');
    expect(stdout).toContain('VSW-09d  The payload of ARP is not inspected.');
    expect(stdout).toContain('test  VSW-09: the ARP payload is not inspected: only the Ethernet source counts');
    expect(stdout).toMatch(/^labs {2}.*vwire-carries/m);
  });

  test('takes a clause, in any case', () => {
    expect(json(['rule', 'vsw-09d'])).toMatchObject({ id: 'VSW-09', clauses: [{ id: 'VSW-09d', built: true, comesWith: null }] });
  });

  test('says of a clause that is not built what it comes with', () => {
    const { clauses } = json(['rule', 'HA-02d']) as { clauses: object[] };
    expect(clauses).toMatchObject([{ built: false, comesWith: 'active/active', tests: [] }]);
  });

  test('lists all rules without an id', () => {
    const { rules } = json(['rule']) as { rules: { id: string }[] };
    expect(rules).toHaveLength(169);
    expect(rules[0]).toMatchObject({ id: 'MAC-01' });
  });

  test.each([
    ['vsw-99', 'there is no rule vsw-99; expected VSW-01 to VSW-'],
    ['nothing', 'there is no rule nothing; "switchback rule" lists them'],
    ['vsw-09z', 'VSW-09 has no clause vsw-09z; it has VSW-09a, VSW-09b, VSW-09c, VSW-09d, VSW-09e'],
  ])('refuses an id that nothing has, and says what there is: %j', (id, message) => {
    const { code, stderr } = switchback(['rule', id]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
