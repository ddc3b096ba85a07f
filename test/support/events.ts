/** Events for tests of the codec: one that is always the same, and any that its types allow. */
import fc from 'fast-check';
import { FIELDS } from '../../gen/proto/events.js';
import { EVENT_KINDS, type EventType, type LabEvent } from '../../ts/model/events/events.ts';
import { nanos } from '../../ts/values/nanos.ts';

export const TYPES = Object.keys(EVENT_KINDS) as EventType[];

export const garp: LabEvent = {
  type: 'GarpSent',
  data: { node: 'fw2', interface: 'ethernet1/1', ip: '10.0.0.1', mac: '00:50:56:aa:00:01', seq: 3 },
  position: 300,
  atNs: nanos(12_500_000_000),
  cause: 299,
};

/** Any value that a field of this type may hold. */
function anyValue(type: string): fc.Arbitrary<unknown> {
  if (type.endsWith('[]')) return fc.array(anyValue(type.slice(0, -2)), { maxLength: 4 });
  if (FIELDS[type] !== undefined) return dataOf(type);
  const scalars: Record<string, fc.Arbitrary<unknown>> = {
    string: fc.string({ unit: 'binary' }),
    uint64: fc.maxSafeNat(),
    uint32: fc.nat(0xffff_ffff),
    bool: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 80 }),
  };
  return scalars[type] as fc.Arbitrary<unknown>;
}

function dataOf(message: string): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(Object.entries(FIELDS[message] ?? {}).map(([name, type]) => [name, anyValue(type)])));
}
export const anyEvent = fc.constantFrom(...TYPES).chain((type) =>
  fc.record({
    type: fc.constant(type),
    data: dataOf(type),
    position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    atNs: fc.maxSafeNat(),
    cause: fc.maxSafeNat(),
  }),
) as fc.Arbitrary<LabEvent>;
