/**
 * The IPv4 header, offsets from the start of the frame:
 *
 *  14          15     16            18     20           22     23         24         26      30      34
 *  ┌ version 4 ┬ tos  ┬ total length ┬ id   ┬ flags+frag ┬ ttl  ┬ protocol ┬ checksum ┬ src   ┬ dst   ┐
 */
import { ETHERNET_HEADER_BYTES } from '../memory/layout';

export const IP: usize = ETHERNET_HEADER_BYTES;
export const TOTAL_LENGTH: usize = IP + 2;
export const TTL: usize = IP + 8;
export const PROTOCOL: usize = IP + 9;
export const CHECKSUM: usize = IP + 10;
export const SOURCE: usize = IP + 12;
export const DESTINATION: usize = IP + 16;

export const ICMP: u32 = 1;
export const TCP: u32 = 6;
export const UDP: u32 = 17;

/** Whether a protocol's header begins with two ports. */
export function hasPorts(protocol: u32): bool {
  return protocol === TCP || protocol === UDP;
}
