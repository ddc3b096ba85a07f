/** `manifest.json` of a bundle: what is in it. It says nothing that the records do not prove. */
import { checkLabName } from '../log/checks.ts';
import type { Position } from '../model/events/events.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { BundleDamaged, BundleNewer } from './bundle-errors.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Raised when an older version could not read what is written. */
export const BUNDLE_VERSION = 1;
const FORMAT = 'switchback-bundle';

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof BUNDLE_VERSION;
  readonly lab: string;
  /** How many events there are; the last one's position. */
  readonly positions: Position;
  /** Chain of the last record, hex. */
  readonly chain: string;
  /** Identity of the engine whose data plane is in the bundle; null when none is. */
  readonly engine: string | null;
}

export function manifestOf(lab: string, positions: Position, chain: string, engine: string | null): Manifest {
  return { format: FORMAT, version: BUNDLE_VERSION, lab, positions, chain, engine };
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${canonicalJson(manifest)}\n`);
}

/** @throws BundleDamaged when it is none; BundleNewer for one of a later version. Properties that this version does not know are left alone. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const value = parse(bytes);
  const wrong = (what: string): BundleDamaged => new BundleDamaged(`${MANIFEST_FILE}: expected ${what}`);
  if (value.format !== FORMAT) throw wrong(`"format": "${FORMAT}"`);
  const { version, lab, positions, chain, engine } = value;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > BUNDLE_VERSION) {
    throw new BundleNewer(version, BUNDLE_VERSION);
  }
  if (version !== BUNDLE_VERSION) throw wrong(`"version": ${BUNDLE_VERSION}`);
  if (typeof lab !== 'string' || !isLabName(lab)) throw wrong('"lab" to be the name of a lab');
  if (!Number.isSafeInteger(positions) || (positions as number) < 1) throw wrong('"positions" to be a number from 1');
  if (typeof chain !== 'string' || !/^[0-9a-f]{64}$/.test(chain)) throw wrong('"chain" to be 64 hexadecimal digits');
  if (engine !== null && typeof engine !== 'string') throw wrong('"engine" to be the identity of an engine, or null');
  return manifestOf(lab, positions as Position, chain, engine);
}

function parse(bytes: Uint8Array): Partial<Record<keyof Manifest, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new BundleDamaged(`${MANIFEST_FILE}: it is no JSON`, { cause: error });
  }
  throw new BundleDamaged(`${MANIFEST_FILE}: expected an object`);
}

function isLabName(lab: string): boolean {
  try {
    checkLabName(lab);
    return true;
  } catch {
    return false;
  }
}
