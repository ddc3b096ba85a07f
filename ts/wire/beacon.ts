/**
 * Beacons of vSphere: broadcasts under EtherType 0x8922 that an uplink of a team sends and the others listen for. vSphere puts the name of the
 * interface into them and documents no layout; this one is the lab's own.
 *
 *   0       1              1+n      2+n           2+n+m
 *  ┌───────┬──────────────┬────────┬─────────────┐
 *  │   n   │ vSwitch name │   m    │ uplink name │ zeros
 *  └───────┴──────────────┴────────┴─────────────┘
 */
import { BROADCAST, type Mac } from '../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from './ethernet.ts';

export interface Beacon {
  readonly vswitch: string;
  readonly uplink: string;
}

/** A beacon of an uplink. @param mac the uplink's. @throws RangeError when a name is longer than 255 characters. */
export function emitBeacon(mac: Mac, { vswitch, uplink }: Beacon): Uint8Array {
  const payload = Uint8Array.from([...named(vswitch), ...named(uplink)]);
  return padToMinimum(emitEthernet({ dst: BROADCAST, src: mac, etherType: ETHERTYPE.beacon, payload }));
}

/** Null for what is cut short. */
export function parseBeacon(payload: Uint8Array): Beacon | null {
  const vswitch = textAt(payload, 0);
  const uplink = vswitch === null ? null : textAt(payload, 1 + vswitch.length);
  return vswitch === null || uplink === null ? null : { vswitch, uplink };
}

function named(name: string): number[] {
  if (name.length > 255) throw new RangeError(`a name has ${name.length} characters; a beacon holds 255`);
  return [name.length, ...[...name].map((letter) => letter.charCodeAt(0) & 0xff)];
}

function textAt(payload: Uint8Array, at: number): string | null {
  const length = payload[at];
  if (length === undefined || at + 1 + length > payload.length) return null;
  return String.fromCharCode(...payload.subarray(at + 1, at + 1 + length));
}
