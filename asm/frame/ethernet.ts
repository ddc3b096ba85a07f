/**
 * Fields of an Ethernet frame. A buffer is longer than any field, so these functions never read outside it.
 *
 * The region holds MAC addresses as numbers in wire order: eight bytes of the frame are loaded and the two foreign bytes are
 * masked out, so a look-up swaps no bytes. The control door swaps them (`wireOrder`), off the path of frames.
 */
export const BROADCAST: u64 = 0xffffffffffff;

/** An address in wire order from one whose first byte is the most significant, or back. */
export function wireOrder(mac: u64): u64 {
  return bswap<u64>(mac) >> 16;
}

// inline
export function macAt(at: usize): u64 {
  return load<u64>(at) & BROADCAST;
}

// inline
export function destinationOf(bytes: usize): u64 {
  return macAt(bytes);
}

// inline
export function sourceOf(bytes: usize): u64 {
  return load<u64>(bytes + 4) >> 16;
}

export const ETHERTYPE_IPV4: u32 = 0x0800;
/** Rule HA-02: HA2 over Ethernet. */
export const ETHERTYPE_HA2: u32 = 0x7261;
export const ETHERTYPE_ARP: u32 = 0x0806;
/** IEEE 802.1AX: LACP and the marker protocol. */
export const ETHERTYPE_SLOW: u32 = 0x8809;
export const ETHERTYPE_IPV6: u32 = 0x86dd;
/** RFC 2516. */
export const ETHERTYPE_PPPOE_DISCOVERY: u32 = 0x8863;
export const ETHERTYPE_PPPOE_SESSION: u32 = 0x8864;
/** Beacons of vSphere (rule VSW-16). */
export const ETHERTYPE_BEACON: u32 = 0x8922;
/** ETHERTYPE_IPV4 and ETHERTYPE_IPV6 as a load from a frame gives them. */
const IPV4_ON_WIRE: u32 = 0x0008;
const IPV6_ON_WIRE: u32 = 0xdd86;

/** Whether a frame is for a group. */
// inline
export function isForGroup(bytes: usize): bool {
  return (load<u8>(bytes) & 1) !== 0;
}

/** Whether a frame has an IPv4 packet, without a swap of bytes. */
// inline
export function isIpv4(bytes: usize): bool {
  return load<u16>(bytes + 12) === <u16>IPV4_ON_WIRE;
}

/** Whether a frame has an IPv6 packet. */
// inline
export function isIpv6(bytes: usize): bool {
  return load<u16>(bytes + 12) === <u16>IPV6_ON_WIRE;
}

export function etherTypeOf(bytes: usize): u32 {
  return bswap<u16>(load<u16>(bytes + 12));
}

// inline
export function isGroup(mac: u64): bool {
  return (mac & 1) !== 0;
}

/** Whether an address is one of 01:80:c2:00:00:00 to 0f: frames to them end at the next bridge (IEEE 802.1Q, table 8-1). */
export function isReserved(mac: u64): bool {
  return (mac & 0xf0ffffffffff) === 0xc28001;
}

// inline
export function storeMac(at: usize, mac: u64): void {
  store<u32>(at, <u32>mac);
  store<u16>(at + 4, <u16>(mac >> 32));
}
