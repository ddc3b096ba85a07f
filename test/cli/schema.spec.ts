/** What the command prints is what it publishes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PcapngWriter } from '../../ts/capture/pcapng.ts';
import { FAILING, HA_LAB, json, ndjson, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const SPOOF_LAB = 'labs/spoof-check.lab.yml';
const TEN = 'test/cli/fixtures/ten-mistakes.lab.yml';
const dir = scratch();
const data = join(dir, 'data');
const pcap = join(dir, 'one.pcapng');
const writer = new PcapngWriter();
const frame = { interface: 'x', timestampNs: 0, bytes: new Uint8Array(60) };
writeFileSync(pcap, Buffer.concat([writer.sectionHeader(), writer.declareInterface({ name: 'x' }), writer.frame(frame)]));

const schemas = new Map<string, ValidateFunction>();
function schema(name: string): ValidateFunction {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const { code, stdout } = switchback(['schema', name]);
  expect(code).toBe(0);
  const made = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(JSON.parse(stdout) as object);
  schemas.set(name, made);
  return made;
}

/** In order: later ones look at what the first recorded. */
const OUTPUTS: readonly [name: string, args: readonly string[]][] = [
  ['run', ['run', HA_LAB, '--data', data]],
  ['run', ['run', TWO_HOSTS, '--data', data]],
  ['test', ['test', TWO_HOSTS, FAILING, TEN]],
  ['test-matrix', ['test', FAILING, '--matrix', 'seed=1,x']],
  ['init', ['init']],
  ['init', ['init', 'ha-pair', '--platform', 'kvm', '-o', join(dir, 'pair.lab.yml')]],
  ['doctor', ['doctor', '--all']],
  ['validate', ['validate', TEN, TWO_HOSTS, 'labs/ha-virtual-mac.lab.yml']],
  ['inspect', ['inspect', '--data', data]],
  ['inspect', ['inspect', 'ha-assigned-mac', '--data', data]],
  ['run', ['run', SPOOF_LAB, '--data', data]],
  ['inspect', ['inspect', 'spoof-check@20s', 'nic1', '--data', data]],
  ['at', ['at', 'spoof-check@20s', '--data', data, '--recorded']],
  ['inspect', ['inspect', 'ha-assigned-mac@25s', 'fw2', 'show high-availability all', '--data', data]],
  ['inspect', ['inspect', 'ha-assigned-mac', 'fw2', 'show interface all', '--data', data]],
  ['inspect', ['inspect', 'ha-assigned-mac', 'fw2', 'show arp all', '--data', data]],
  ['events', ['events', 'ha-assigned-mac', '--data', data]],
  ['at', ['at', 'ha-assigned-mac@25s', '--data', data]],
  ['at', ['at', 'ha-assigned-mac@7', '--data', data]],
  ['at', ['at', 'two-hosts', '--data', data, '--recorded']],
  ['verify', ['verify', 'ha-assigned-mac', '--data', data]],
  ['verify', ['verify', 'ha-assigned-mac', '--data', data, '--expect-chain', '0'.repeat(64)]],
  ['capture', ['capture', 'two-hosts', '--data', data, '-w', join(dir, 'out.pcapng')]],
  ['explain', ['explain', 'spoof-check', '--flow', 'up', '--data', data]],
  ['explain-drop', ['explain', 'spoof-check', '--drop', '20', '--data', data]],
  ['explain-frame', ['explain', 'ha-assigned-mac', '--frame', 'client1:eth0@25s', '--data', data]],
  ['explain-why', ['explain', 'ha-assigned-mac@25s', '--why', 'ha: fw1, state: active', '--data', data]],
  ['mac', ['mac', 'ha-assigned-mac', '02:00:00:00:00:01', '--data', data]],
  ['graph', ['graph', 'ha-assigned-mac@25s', '--data', data]],
  ['graph', ['graph', TWO_HOSTS]],
  ['fork', ['fork', 'ha-assigned-mac@20s', '--run', 'arp clear client1', '--data', data]],
  ['rule', ['rule']],
  ['rule', ['rule', 'VSW-09']],
  ['sweep', ['sweep', TWO_HOSTS, '--seeds', '1-2']],
  ['shrink', ['shrink', TWO_HOSTS, '--check', 'flow: web, received: { max: 5 }']],
  ['diff', ['diff', 'ha-assigned-mac', 'ha-assigned-mac-fork', '--data', data]],
  ['bisect', ['bisect', 'ha-assigned-mac', '--check', 'ha: fw1, state: active', '--data', data]],
  ['export', ['export', 'two-hosts', '-o', join(dir, 'two-hosts.sbk'), '--data', data]],
  ['export', ['export', 'two-hosts', '--perfetto', '-o', join(dir, 'trace.json'), '--data', data]],
  ['export', ['export', 'two-hosts', '--clab', '-o', join(dir, 'x.clab.yml'), '--data', data]],
  ['import', ['import', join(dir, 'x.clab.yml'), '-o', join(dir, 'x.lab.yml')]],
  ['verify', ['verify', join(dir, 'two-hosts.sbk')]],
  ['replay', ['replay', join(dir, 'two-hosts.sbk'), '--build', '.']],
  ['import', ['import', join(dir, 'two-hosts.sbk'), '-n', 'again', '--data', data]],
  ['inject', ['inject', 'two-hosts', 'sw:p1', pcap, '--data', data]],
  ['exec', ['exec', 'two-hosts', 'step', '1s', '--data', data]],
  ['exec', ['exec', 'two-hosts', 'crash', 'nobody', '--data', data]],
  ['exec', ['destroy', 'two-hosts', '--cleanup', '--data', data]],
];

describe('the published schema holds for', () => {
  test.each(OUTPUTS)('%s: %j', (name, args) => {
    const validate = schema(name);
    validate(json(args));
    expect(validate.errors).toBeNull();
  });

  test('every line of events -f ndjson', () => {
    const validate = schema('event');
    for (const event of ndjson(['events', 'ha-assigned-mac', '--data', data])) {
      validate(event);
      expect(validate.errors).toBeNull();
    }
  });

  test('the shipped labs', () => {
    const validate = schema('lab');
    for (const file of [HA_LAB, 'labs/ha-virtual-mac.lab.yml']) {
      validate(parse(readFileSync(file, 'utf8')));
      expect(validate.errors).toBeNull();
    }
  });
});

test('"schema" alone lists the schemas that there are, and each can be printed', () => {
  const { code, stdout } = switchback(['schema']);
  expect(code).toBe(0);
  const names = stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
  expect(names).toContain('lab');
  expect(stdout).toMatch(/^lab +a lab file$/m);
  expect(stdout).toMatch(/^run +switchback run -f json$/m);
  expect(switchback(['schema', names.at(-1) ?? '']).code).toBe(0);
});
