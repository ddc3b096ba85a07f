/**
 * Which MACs a firewall makes for itself, by its platform's numbering of interfaces (rules MAC-04 to MAC-06, HA-20).
 *
 * Decision someone may dispute: management ("mgmt") has number 0. It always uses the hypervisor's MAC (rule MAC-12), so
 * no formula here ever sees its number.
 */
import { type Mac, macFromNumber, macToNumber } from '../../values/mac.ts';

/** Rule MAC-06: every unlicensed unit has this base. */
export const UNLICENSED_MAC_BASE = 'ba:db:ee:fb:ad:00' as Mac;

/** Rule MAC-04: eth1 of a virtual firewall is interface 16, of larger hardware 64. */
const ETHERNET_ID_BEFORE_FIRST = { virtual: 15, hardware: 63 } as const;
const ID_MAX = 255;

/** The last interface whose number still fits the one byte a virtual MAC has for it. */
export function ethernetInterfacesMax(isHardware = false): number {
  return ID_MAX - ETHERNET_ID_BEFORE_FIRST[isHardware ? 'hardware' : 'virtual'];
}

/** Logical and HA interfaces. Rule MAC-04 gives 5 to 8 to the HA ports; ha1-b is 7 and hsci 8 in public listings. */
const NAMED_IDS: Readonly<Record<string, number>> = {
  mgmt: 0,
  vlan: 1,
  loopback: 3,
  tunnel: 4,
  ha1: 5,
  ha2: 6,
  'ha1-b': 7,
  'ha2-b': 8,
  hsci: 8,
};

/** Ids of `vlan`, `loopback` and `tunnel`. */
const LOGICAL_IDS: readonly number[] = [1, 3, 4];

/**
 * Whether a firewall's interface is none of a NIC: it has no cable, and nobody gives it a MAC. Its subinterfaces are none either.
 * @param interfaceId 0 elsewhere than at firewalls.
 */
export function isLogical({ interfaceId: id }: { readonly interfaceId: number }): boolean {
  return LOGICAL_IDS.includes(id);
}

/**
 * The platform's number of a firewall's interface: "eth1" or "ethernet1/1" is 16 on a virtual firewall. Null when it has no such interface.
 */
export function interfaceId(name: string, isHardware = false): number | null {
  const ethernet = /^(?:eth|ethernet1\/)([1-9]\d{0,2})$/.exec(name);
  if (ethernet) {
    const port = Number(ethernet[1]);
    const id = ETHERNET_ID_BEFORE_FIRST[isHardware ? 'hardware' : 'virtual'] + port;
    return id <= ID_MAX ? id : null;
  }
  return Object.hasOwn(NAMED_IDS, name) ? (NAMED_IDS[name] ?? null) : null;
}

/** Whether an interface carries HA traffic by its name. */
export function isHaInterfaceName(name: string): boolean {
  return /^ha[12](-b)?$|^hsci$/.test(name);
}

/**
 * Rule HA-20: 00:1b:17:00:XX:YY, where XX is the device id in bit 7 over the group in bits 5..0, and YY the interface id.
 * An active/passive pair uses device id 0 on both members, which is why the MAC is the same on both.
 */
export function virtualMac(group: number, deviceId: number, id: number): Mac {
  if (group < 0 || group > 63 || deviceId < 0 || deviceId > 1 || id < 0 || id > 255) {
    throw new RangeError(`no virtual MAC for group ${group}, device ${deviceId}, interface ${id}`);
  }
  return macFromNumber(0x001b17000000 + ((deviceId << 7) | group) * 256 + id);
}

/** Rule MAC-06: the base plus the interface id, as a 48-bit sum. */
export function selfMac(base: Mac, id: number): Mac {
  return macFromNumber((macToNumber(base) + id) % 2 ** 48);
}
