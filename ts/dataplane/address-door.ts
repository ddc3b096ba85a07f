/** Addresses as the control door takes them: an IPv4 one is a number, an IPv6 one two halves. */
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from '../values/ipv4-address.ts';
import { type Ipv6, ipv6FromBytes, ipv6ToBytes, isIpv6 } from '../values/ipv6-address.ts';
import type { ControlDoor } from './dataplane.ts';

/** Upper and lower half, first byte on the wire most significant. */
export function halvesOf(ip: Ipv6): [high: bigint, low: bigint] {
  const view = new DataView(ipv6ToBytes(ip).buffer);
  return [view.getBigUint64(0), view.getBigUint64(8)];
}

/** The address of a row or a question. */
export function addressOf({ ip, high, low }: { readonly ip: number; readonly high: bigint; readonly low: bigint }): Ipv4 | Ipv6 {
  if (high === 0n && low === 0n) return ipv4FromNumber(ip);
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setBigUint64(0, high);
  bytes.setBigUint64(8, low);
  return ipv6FromBytes(new Uint8Array(bytes.buffer));
}

/** The neighbours of a port, by address of either family. */
export function neighboursAt(control: ControlDoor, port: number, ip: string) {
  if (isIpv6(ip)) {
    const [high, low] = halvesOf(ip);
    return {
      set: (mac: bigint, cause: number, origin: number) => control.setNeighbour6(port, high, low, mac, cause, origin),
      confirm: () => control.confirmNeighbour6(port, high, low),
      trust: (untilNs: bigint, verifying: boolean) => control.trustNeighbour6(port, high, low, untilNs, verifying),
      remove: (cause: number) => control.removeNeighbour6(port, high, low, cause),
      blame: (cause: number) => control.blameNeighbour6(port, high, low, cause),
    };
  }
  const number = ipv4ToNumber(ip as Ipv4);
  return {
    set: (mac: bigint, cause: number, origin: number) => control.setNeighbour(port, number, mac, cause, origin),
    confirm: () => control.confirmNeighbour(port, number),
    trust: (untilNs: bigint, verifying: boolean) => control.trustNeighbour(port, number, untilNs, verifying),
    remove: (cause: number) => control.removeNeighbour(port, number, cause),
    blame: (cause: number) => control.blameNeighbour(port, number, cause),
  };
}
