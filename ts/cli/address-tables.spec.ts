/** Tables of addresses that `at` and `inspect` print. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { givenFile } from '../../test/support/lab-file.ts';
import { publishState } from '../services/publish/publish-state.ts';
import { addressTables } from './address-tables.ts';

test('LEASE-01: a lease is shown at its client and at the server that gave it, until when it lasts', () => {
  const run = givenFile(readFileSync('labs/dhcp-lease-lost.lab.yml', 'utf8')).until(5e9);
  const state = publishState(run.state);
  const [lease] = state.leases;
  const grant = state.grants.find(({ ip }) => ip === lease?.ip);
  expect(grant).toMatchObject({ server: expect.any(String), state: 'leased', mac: lease?.mac, clientId: lease?.clientId });
  // The server counts from its acknowledgement, the client from the arrival of that, and the probe before it uses the address.
  expect(Math.abs((grant?.untilNs ?? 0) - (lease?.untilNs ?? 0))).toBeLessThan(20e9);
  const text = addressTables(state).join('\n');
  expect(text).toMatch(/lease of/i);
  expect(text).toMatch(/given by/i);
  expect(text.match(new RegExp(`${lease?.ip}`, 'g'))?.length).toBe(2);
});
