/**
 * Rule ARP-03: a host merges what it knows and who asks for it, and ignores all other ARP. What its agent would ignore never reaches it: in a
 * segment of a thousand hosts a question is a thousand frames, and two of them matter.
 *
 *   h1 10.0.0.1 ─┐
 *   h2 10.0.0.2 ─┤ sw      h1 asks for h2; the others hear it
 *   h3 …        ─┘
 */
import { afterEach, expect, test } from 'vitest';
import { arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { flow, host, ip, lab, learningSwitch, link, mac, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const H1 = ip('10.0.0.1');
const OTHER_MAC = mac('02:00:00:00:00:99');

afterEach(everyFrameIsAccountedFor);

/** So many hosts at a switch; the first sends to the second. */
function segment(hosts: number): Run {
  const names = Array.from({ length: hosts }, (_, i) => `h${i + 1}`);
  const ports = Object.fromEntries(names.map((name) => [name, {}]));
  const parts = names.flatMap((name, i) => [host(name, { ip: `10.0.0.${i + 1}/24` }), link(`${name}:eth0`, `sw:${name}`)]);
  const ping = flow('f', { from: 'h1:eth0', to: '10.0.0.2', intervalPs: 10 ** 12, stopNs: ms(500) });
  return given(lab(learningSwitch('sw', { ports }), ...parts, ping));
}

/** How often the data plane stops for the agents until a time. */
function stopsUntil({ engine }: Run, toNs: number): number {
  engine.receive({ type: 'TimeAdvanced', data: { toNs } });
  let stops = 0;
  while (!engine.step({ maxTurns: 1 })) stops++;
  return stops;
}

test('ARP-03: a question for one host is handed to that host, however many hear it', () => {
  expect(stopsUntil(segment(40), ms(400))).toBe(stopsUntil(segment(3), ms(400)));
});

test('ARP-03: a question of a neighbour for a third is handed to whoever knows it, and changes the entry', () => {
  const run = segment(4).until(ms(400));
  const request = emitArpFrame(arpRequest(OTHER_MAC, H1, ip('10.0.0.4')));
  run.receives('h2:eth0', request).receives('h3:eth0', request).until(seconds(2));
  expect(run.neighbour('h2', H1)).toBe(OTHER_MAC);
  expect(run.neighbour('h3', H1)).toBeNull();
});
