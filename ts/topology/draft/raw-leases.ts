/** What a lab file writes about leases of addresses (raw.ts). */
import type { ClientIdKind } from '../../model/lab/dhcp.ts';

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
/** Items that were taken out leave holes. */
type List<T> = readonly (T | undefined)[];

export type RawDhcpClient = Optional<{
  'client-id': ClientIdKind;
  'release-on-mac-change': 'on' | 'off' | boolean;
  'address-probing': 'on' | 'off' | boolean;
}>;

type RawEchoes = Optional<{ 'echo-interval': string | number; 'echo-failures': number }>;
export type RawPppoeClient = RawEchoes;
export type RawPppoe = RawEchoes & Optional<{ interface: string; range: string }>;

/** Of an interface. */
export type RawLeased = Optional<{
  'dhcp-client': RawDhcpClient;
  'dhcp-relay': List<string>;
  'pppoe-client': RawPppoeClient;
}>;

export type RawReservation = Optional<{ mac: string; ip: string }>;

export type RawPool = Optional<{
  range: string;
  prefix: string;
  gateway: string;
  lease: string | number;
  reservations: List<RawReservation>;
}>;

export type RawDhcp = Optional<{ pools: List<RawPool> }>;

export type RawSnooping = Optional<{ trusted: List<string> }>;
