/** What a lab file writes about IPv6 of an interface (raw.ts). */
import type { InterfaceIds } from '../../model/lab/ipv6.ts';

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
/** Items that were taken out leave holes. */
type List<T> = readonly (T | undefined)[];

export type RawIpv6 = Optional<{
  addresses: string | List<string>;
  eui64: string | List<string>;
  stable: string | List<string>;
  'link-local': string;
  slaac: 'on' | 'off' | boolean;
  'interface-ids': InterfaceIds;
  'duplicate-address-detection': 'on' | 'off' | 'optimistic' | boolean;
  'router-advertisements': 'on' | 'off' | boolean | Optional<{ interval: string | number; lifetime: string | number }>;
  'router-flag': 'on' | 'off' | boolean;
}>;
