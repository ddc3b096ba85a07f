import { describe, expect, test } from 'vitest';
import { HA_LAB, json, ndjson, type PublishedEvent, recorded, switchback } from './switchback.ts';

interface At {
  readonly position: number;
  readonly atNs: number;
  readonly recorded: { readonly source: string; readonly position: number };
  readonly derived: {
    readonly source: string;
    readonly position: number;
    readonly flows: readonly { readonly sent: number }[];
  } | null;
  readonly interfaces: readonly Readonly<Record<string, unknown>>[];
  readonly neighbours: readonly { readonly node: string; readonly ip: string; readonly mac: string }[];
  readonly ha: readonly { readonly node: string; readonly state: string }[];
  readonly drops: readonly { readonly frames: number }[];
}

const data = recorded(HA_LAB);
const at = (moment: string, ...flags: string[]): At => json<At>(['at', `ha-assigned-mac${moment}`, '--data', data, ...flags]);
const gateway = ({ neighbours }: At): string | undefined =>
  neighbours.find(({ node, ip }) => node === 'client1' && ip === '10.0.1.1')?.mac;

describe('a neighbour entry', () => {
  const moved = ndjson<PublishedEvent>(['events', 'ha-assigned-mac', '--data', data, '--type', 'NeighbourUpdated']).find(
    ({ data: fields }) => fields['node'] === 'client1' && fields['old'] !== '',
  );

  test('moves exactly at the event that says so', () => {
    const position = moved?.position ?? 0;
    expect(gateway(at(`@${position - 1}`))).toBe(moved?.data['old']);
    expect(gateway(at(`@${position}`))).toBe(moved?.data['new']);
  });

  test('is what it was at any time', () => {
    expect(gateway(at('@0s'))).toBeUndefined();
    expect(gateway(at('@12.5s'))).toBe('00:50:56:aa:00:01');
    expect(gateway(at(''))).toBe('00:50:56:bb:00:01');
  });
});

test('a time stands for the last event at or before it', () => {
  const { position, atNs, recorded: fold } = at('@25s', '--recorded');
  const events = ndjson<PublishedEvent>(['events', 'ha-assigned-mac', '--data', data, '--to', '25s']);
  expect(position).toBe(events.at(-1)?.position);
  expect(atNs).toBe(events.at(-1)?.atNs);
  expect(fold).toMatchObject({ source: 'fold', position });
});

test('derived state comes from re-execution, and says so', () => {
  const { derived } = at('@25s');
  expect(derived).toMatchObject({ source: 're-execution', atNs: 25e9 });
  expect(derived?.flows[0]?.sent).toBe(24_001);
  expect(at('@25s', '--recorded').derived).toBeNull();
});

test('interfaces tell their three MACs', () => {
  const iface = at('@10s', '--recorded').interfaces.find(({ node, interface: name }) => node === 'fw1' && name === 'eth1');
  expect(iface).toMatchObject({
    initialMac: '00:50:56:aa:00:01',
    effectiveMac: '00:50:56:aa:00:01',
    usedMac: '00:50:56:aa:00:01',
    macSource: 'hypervisor',
    state: 'up',
    ipv4: ['10.0.1.1/24'],
  });
});

test('the table shows the same to people', () => {
  const { stdout } = switchback(['at', 'ha-assigned-mac@30s', '--data', data]);
  expect(stdout).toMatch(/^ha-assigned-mac at 30\.000000000 s: last event #\d+ at /);
  expect(stdout).toMatch(/fw2 +active +peer-lost/);
  expect(stdout).toMatch(/fw1:eth1 +interface-down +19,\d{3}/);
});
