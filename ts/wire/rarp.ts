/**
 * The reverse-ARP broadcast a hypervisor sends so that physical switches learn where a vNIC is (rule NOT-01; RFC 903). Same
 * packet as ARP under EtherType 0x8035, operation 3, protocol addresses zero. It changes no ARP cache.
 */
import type { Ipv4 } from '../values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../values/mac.ts';
import { ARP_OPCODE, emitArp } from './arp.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, type VlanTag } from './ethernet.ts';

const RARP_REQUEST = 3;
const NO_ADDRESS = '0.0.0.0' as Ipv4;

/** The notification for a MAC, tagged for the VLAN its port is in, if that has one. */
export function switchNotification(mac: Mac, vlan: VlanTag | null): Uint8Array {
  const payload = emitArp({ operation: 'request', senderMac: mac, senderIp: NO_ADDRESS, targetMac: mac, targetIp: NO_ADDRESS });
  payload[ARP_OPCODE + 1] = RARP_REQUEST;
  const frame = { dst: BROADCAST, src: mac, etherType: ETHERTYPE.rarp, payload };
  return padToMinimum(emitEthernet(vlan === null ? frame : { ...frame, vlan }));
}
