/** Frames for tests: the shared vectors by id, and the few forms that tests make up. */
import { type Mac, macFromNumber } from '../../ts/values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../ts/wire/ethernet.ts';
import { emitIcmpEcho } from '../../ts/wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../ts/wire/ipv4.ts';
import garpFrames from '../vectors/garp-frames.json' with { type: 'json' };
import { ip, mac } from './lab.ts';

/** A frame of test/vectors/garp-frames.json. */
export function vectorFrame(id: string): Uint8Array {
  const found = garpFrames.frames.find((frame) => frame.id === id);
  if (found === undefined) throw new Error(`no frame ${id} in garp-frames.json`);
  return Uint8Array.from(found.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as two digits each, for messages that can be compared with a capture. */
export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** 60 bytes of no protocol anybody answers to (the EtherType for local experiments, IEEE 802), tagged if `vlan` is given. */
export function plainFrame(src: string, dst: string, vlan?: number): Uint8Array {
  const header = { src: mac(src), dst: mac(dst), etherType: 0x88b5 };
  const tag = vlan === undefined ? {} : { vlan: { id: vlan, priority: 0, isDropEligible: false } };
  return emitEthernet({ ...header, ...tag, payload: new Uint8Array(46) });
}

/** A ping. */
export function pingFrame(src: string, dst: string, fromIp: string, toIp: string, seq = 1): Uint8Array {
  const payload = emitIcmpEcho({ kind: 'request', id: 1, seq, payload: new Uint8Array(0) });
  const header = { tos: 0, id: 0, dontFragment: true, ttl: 64, protocol: IP_PROTOCOL.icmp };
  const packet = emitIpv4Packet({ ...header, src: ip(fromIp), dst: ip(toIp), payload });
  return padToMinimum(emitEthernet({ src: mac(src), dst: mac(dst), etherType: ETHERTYPE.ipv4, payload: packet }));
}

/** The n-th of a row of unicast MACs that nobody owns. */
export function strangerMac(n: number): Mac {
  return macFromNumber(0x020000990000 + n);
}
