/** ICMP echoes with an identifier: the port of a way's first end. */
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../ts/wire/ethernet.ts';
import { emitIcmpEcho } from '../../ts/wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../ts/wire/ipv4.ts';
import { ip, mac } from '../support/lab.ts';
import type { Way } from '../support/transport.ts';

export function echoFrame({ macs, from, to }: Way, kind: 'request' | 'reply', bytes: number): Uint8Array {
  const [src = '', id = '0'] = from.split(':');
  const payload = emitIcmpEcho({ kind, id: Number(id), seq: 1, payload: new Uint8Array(bytes) });
  const header = { tos: 0, id: 0, dontFragment: true, ttl: 64, protocol: IP_PROTOCOL.icmp };
  const packet = emitIpv4Packet({ ...header, src: ip(src), dst: ip(to.split(':')[0] ?? ''), payload });
  return padToMinimum(emitEthernet({ src: mac(macs[0]), dst: mac(macs[1]), etherType: ETHERTYPE.ipv4, payload: packet }));
}
