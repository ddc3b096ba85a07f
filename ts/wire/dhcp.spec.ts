import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from '../../test/support/frames.ts';
import vectors from '../../test/vectors/lease-messages.json' with { type: 'json' };
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import { type Mac, macFromNumber } from '../values/mac.ts';
import { DHCP_DEFAULTS, DHCP_TYPES, type DhcpMessage, type DhcpOptions, emitDhcp, macClientId, parseDhcp } from './dhcp.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const address = u32.map(ipv4FromNumber);
const addresses = fc.array(address, { minLength: 1, maxLength: 4 });
const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
const options: fc.Arbitrary<DhcpOptions> = fc.record(
  {
    clientId: bytes,
    requested: address,
    server: address,
    leaseSeconds: u32,
    renewSeconds: u32,
    rebindSeconds: u32,
    subnetMask: address,
    routers: addresses,
    dns: addresses,
    hostName: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
    parameters: fc.array(fc.integer({ min: 1, max: 254 }), { minLength: 1, maxLength: 10 }),
    relayAgent: bytes,
  },
  { requiredKeys: [] },
);
const message: fc.Arbitrary<DhcpMessage> = fc.record({
  op: fc.constantFrom('request', 'reply'),
  type: fc.constantFrom(...DHCP_TYPES),
  hops: fc.integer({ min: 0, max: 255 }),
  xid: u32,
  secs: u16,
  broadcast: fc.boolean(),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  chaddr: mac,
  options,
});

const OLD = '7c:89:c2:f9:1d:11' as Mac;
const NEW = '00:50:56:aa:00:02' as Mac;
const SERVER = '192.0.2.253' as Ipv4;
const request = { op: 'request', ...DHCP_DEFAULTS } as const;

/** What the rows of the vector file mean. */
const MEANT: Readonly<Record<string, DhcpMessage>> = {
  'release-old-mac': {
    ...request,
    type: 'release',
    xid: 0x11223344,
    ciaddr: '192.0.2.77' as Ipv4,
    chaddr: OLD,
    options: { clientId: macClientId(OLD), server: SERVER },
  },
  'discover-new-mac': {
    ...request,
    type: 'discover',
    xid: 0x55667788,
    chaddr: NEW,
    options: { clientId: macClientId(NEW) },
  },
  'request-new-mac': {
    ...request,
    type: 'request',
    xid: 0x55667788,
    chaddr: NEW,
    options: { clientId: macClientId(NEW), requested: '192.0.2.78' as Ipv4, server: SERVER },
  },
};

describe('DHCP', () => {
  test.each(vectors.messages.map((row) => [row.id, row.bootp_hex] as const))('%s is written and read byte for byte', (id, row) => {
    const meant = MEANT[id];
    if (meant === undefined) throw new Error(`no meaning for ${id}`);
    expect(hex(emitDhcp(meant))).toBe(row);
    expect(parseDhcp(Uint8Array.from(Buffer.from(row, 'hex')))).toEqual(meant);
  });

  test('a message that is written and read again is the same, wherever it begins', () => {
    fc.assert(
      fc.property(message, (value) => {
        const out = emitDhcp(value);
        expect(out.length).toBeGreaterThanOrEqual(300);
        expect(parseDhcp(out)).toEqual(value);
        expect(parseDhcp(Uint8Array.from([1, 2, ...out]), 2)).toEqual(value);
      }),
    );
  });

  test('no bytes make the reader fail, and what is cut inside the options is no message', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (any) => void parseDhcp(any)));
    const whole = emitDhcp({ ...request, type: 'discover', xid: 1, chaddr: OLD, options: { clientId: macClientId(OLD) } });
    expect(parseDhcp(whole.subarray(0, 239))).toBeNull();
    expect(parseDhcp(whole.subarray(0, 246))).toBeNull();
  });

  test('BOOTP without a DHCP type, another magic cookie and other hardware are no DHCP', () => {
    const whole = emitDhcp({ ...request, type: 'discover', xid: 1, chaddr: OLD, options: {} });
    for (const at of [0, 1, 2, 236, 242]) {
      const changed = whole.slice();
      changed[at] = 0x77;
      expect(parseDhcp(changed), `byte ${at}`).toBeNull();
    }
  });

  test('RFC 3396: an option that comes twice counts as one that is longer; an option of another code is stepped over', () => {
    const whole = emitDhcp({ ...request, type: 'ack', xid: 1, chaddr: OLD, options: {} });
    whole.set([3, 4, 10, 0, 0, 1, 200, 2, 9, 9, 3, 4, 10, 0, 0, 2, 255], 243);
    expect(parseDhcp(whole)?.options).toEqual({ routers: ['10.0.0.1', '10.0.0.2'] });
  });
});
