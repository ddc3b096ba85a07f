/** A lab with a long history, made of events like those of a real failover: for benchmarks of logs and folds. */
import { nextChain } from '../model/events/chain.ts';
import { encodeBody } from '../model/events/codec.ts';
import type { LabEvent, Payload } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import { nanos } from '../values/nanos.ts';

const STEP_NS = 1_000_000;

/**
 * `count` records, beginning with the definition. What comes after repeats what real labs record over and over; a fold of it
 * stays as small as a real lab's.
 */
export function* longLab(definition: Payload & { readonly type: 'LabDefined' }, count: number): Generator<LogRecord> {
  let chain: Uint8Array = new Uint8Array(32);
  for (let position = 1; position <= count; position++) {
    const payload = position === 1 ? definition : TURNS[position % TURNS.length]?.(position);
    const atNs = nanos((position - 1) * STEP_NS);
    const cause = payload?.type === 'TimeAdvanced' || position === 1 ? 0 : position - 1;
    const body = encodeBody({ ...payload, position, atNs, cause } as LabEvent);
    chain = nextChain(chain, body);
    yield { position, body, chain, recordedAtMs: 1_790_000_000_000, commandId: '', checkpoint: null, settled: false };
  }
}

function macOf(position: number): string {
  return `00:50:56:aa:00:0${position % 2}`;
}

const TURNS: readonly ((position: number) => Payload)[] = [
  (position) => ({ type: 'TimeAdvanced', data: { toNs: position * STEP_NS } }),
  (position) => ({
    type: 'GarpSent',
    data: { node: 'fw2', interface: 'eth1', ip: '10.0.1.1', mac: macOf(position), seq: position % 7 },
  }),
  (position) => ({
    type: 'NeighbourUpdated',
    data: { node: 'client1', interface: 'eth0', ip: '10.0.1.1', old: macOf(position + 1), new: macOf(position) },
  }),
  (position) => ({
    type: 'MacAddressChanged',
    data: { node: 'fw1', interface: 'eth1', which: 'used', old: macOf(position), new: macOf(position + 1), cause: 'option-on' },
  }),
  (position) => ({
    type: 'FramesDropped',
    data: { node: 'fw2', interface: 'eth2', reason: 'ha-not-active', count: 999, firstNs: position, lastNs: position + 5 },
  }),
  () => ({ type: 'HaStateChanged', data: { node: 'fw1', from: 'active', to: 'passive', reason: 'peer' } }),
  (position) => ({ type: 'InterfaceLinkChanged', data: { node: 'fw1', interface: 'eth2', up: position % 2 === 0 } }),
  () => ({ type: 'SystemLog', data: { node: 'fw2', eventId: 'ha-state', severity: 'critical', text: 'state changed to active' } }),
];
