/**
 * Duplicate address detection of addresses that hosts make (RFC 4862, section 5.4; RFC 4429; RFC 7217, section 6).
 *
 *   r ── advertises 2001:db8:1::/64 ──┬── pc (slaac, MAC 02:…:01)
 *                                     └── taker, which may have pc's address
 */
import { afterEach, describe, expect, test } from 'vitest';
import { describeFrame } from '../../ts/wire/describe.ts';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const MADE = '2001:db8:1::ff:fe00:1';
const TAKER = '02:00:00:00:00:02';

function segment(detection: string, { taker = '2001:db8:1::99', more = '' } = {}): Run {
  return givenFile(
    `name: dad
topology:
  nodes:
    sw: { kind: switch }
    r: { kind: router, interfaces: { eth0: { ipv6: { addresses: "2001:db8:1::1/64", router-advertisements: on } } } }
    pc: { kind: host, interfaces: { eth0: { mac: 02:00:00:00:00:01, ipv6: { slaac: on, duplicate-address-detection: ${detection}${more} } } } }
    taker: { kind: host, interfaces: { eth0: { mac: ${TAKER}, ipv6: { addresses: "${taker}/64" } } } }
  links:
    - endpoints: ["r:eth0", "sw:p1"]
    - endpoints: ["pc:eth0", "sw:p2"]
    - endpoints: ["taker:eth0", "sw:p3"]
`,
    ['pc'],
  );
}

function statuses(run: Run): string[] {
  return run.said('Ipv6AddressChanged', { node: 'pc' }).map(({ data: { ip, status, mac } }) => `${ip} ${status} ${mac}`.trim());
}

describe('an address that a host makes', () => {
  test('is tentative for a second after one probe, and then used', () => {
    const run = segment('on').until(seconds(0.5));
    expect(statuses(run)).toEqual([`${MADE} tentative`]);
    expect(run.command('ping pc 2001:db8:1::1 count 1').said('CommandRefused')).toHaveLength(1);
    run.until(seconds(3));
    expect(statuses(run)).toEqual([`${MADE} tentative`, `${MADE} preferred`]);
    const probes = run.frames('pc:eth0', 'sent').map(describeFrame);
    expect(probes.filter((line) => line.includes('IPv6 :: >'))).toEqual([
      `02:00:00:00:00:01 > 33:33:ff:00:00:01 IPv6 :: > ff02::1:ff00:1 ICMPv6 who-has ${MADE}`,
    ]);
    const [tentative, preferred] = run.said('Ipv6AddressChanged', { node: 'pc' });
    expect([(preferred?.atNs ?? 0) - (tentative?.atNs ?? 0), preferred?.cause]).toEqual([seconds(1), tentative?.position]);
    run.command('ping pc 2001:db8:1::1 count 1').until(seconds(6));
    expect(run.said('PingFinished')).toMatchObject([{ data: { answered: 1 } }]);
  });

  test('is a duplicate where another station has it: that is recorded, and it is not used', () => {
    const run = segment('on', { taker: MADE }).until(seconds(20));
    expect(statuses(run)).toEqual([`${MADE} tentative`, `${MADE} duplicate ${TAKER}`]);
    run.command('ping pc 2001:db8:1::1 count 1').command('ping r 2001:db8:1::ff:fe00:1 count 1').until(seconds(24));
    expect(run.said('CommandRefused').map(({ data: { reasons } }) => reasons)).toEqual([['pc has no route to 2001:db8:1::1']]);
    expect(run.neighbour('r', MADE)).toBe(TAKER);
  });

  test('is used meanwhile where the file says optimistic, and given up when another station answers', () => {
    const run = segment('optimistic', { taker: MADE }).until(seconds(20));
    expect(statuses(run)).toEqual([`${MADE} optimistic`, `${MADE} duplicate ${TAKER}`]);
    const alone = segment('optimistic').until(seconds(0.5)).command('ping pc 2001:db8:1::1 count 1').until(seconds(5));
    expect(alone.said('PingFinished')).toMatchObject([{ data: { answered: 1 } }]);
    expect(statuses(alone)).toEqual([`${MADE} optimistic`, `${MADE} preferred`]);
  });

  test('is used at once, whoever has it, where the file does not ask', () => {
    expect(statuses(segment('off', { taker: MADE }).until(seconds(20)))).toEqual([`${MADE} preferred`]);
  });

  test('is probed anew when its host has power again', () => {
    const run = segment('on').until(seconds(0.5)).command('crash pc').command('power-on pc').until(seconds(5));
    expect(statuses(run)).toEqual([`${MADE} tentative`, `${MADE} preferred`]);
  });

  test('is another one after a duplicate where it is stable (RFC 7217)', () => {
    const run = segment('on', { more: ', interface-ids: stable' }).until(seconds(5));
    const [first = ''] = statuses(run)[0]?.split(' ') ?? [];
    const taken = segment('on', { taker: first, more: ', interface-ids: stable' }).until(seconds(20));
    const made = taken.said('Ipv6AddressChanged', { node: 'pc' }).map(({ data: { ip, status } }) => [ip === first, status]);
    expect(made).toEqual([
      [true, 'tentative'],
      [true, 'duplicate'],
      [false, 'tentative'],
      [false, 'preferred'],
    ]);
  });
});
