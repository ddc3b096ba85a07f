/** A firewall with zones: each setting of its sessions decides about one of these conversations. */
import type { Lab } from '../../../ts/model/lab/lab.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../ts/wire/ethernet.ts';
import { emitIcmpEcho } from '../../../ts/wire/icmp.ts';
import { emitIpv4Packet } from '../../../ts/wire/ipv4.ts';
import { ip, mac, ms } from '../../support/lab.ts';
import { datagram, type Flags, segment, type Way } from '../../support/transport.ts';
import { type Changed, type FrameAfter, says } from './change.ts';

const CLIENT = '10.0.1.11';
const SERVER = '10.0.2.12';
const GRE = 47;

/** A frame to the firewall from one side of a conversation on a port. */
function conversation(lab: Lab) {
  const macOf = (name: string) =>
    lab.interfaces.find((iface) => iface.node === 'f' && iface.name === name)?.mac ?? mac('02:00:00:00:00:01');
  const out = (port: number): Way => ({
    macs: ['02:00:00:00:00:0a', macOf('eth1')],
    from: `${CLIENT}:${port}`,
    to: `${SERVER}:80`,
  });
  const back = (port: number): Way => ({
    macs: ['02:00:00:00:00:0b', macOf('eth2')],
    from: `${SERVER}:80`,
    to: `${CLIENT}:${port}`,
  });
  const packet = (way: Way, protocol: number, payload: Uint8Array): Uint8Array => {
    const [src, dst] = [way.from, way.to].map((end) => ip(end.split(':')[0] ?? '')) as [
      ReturnType<typeof ip>,
      ReturnType<typeof ip>,
    ];
    const header = { tos: 0, id: 0, dontFragment: true, ttl: 64, protocol };
    const macs = { src: mac(way.macs[0]), dst: mac(way.macs[1]) };
    return padToMinimum(
      emitEthernet({ ...macs, etherType: ETHERTYPE.ipv4, payload: emitIpv4Packet({ ...header, src, dst, payload }) }),
    );
  };
  return { out, back, packet };
}

function framesOf(lab: Lab): readonly FrameAfter[] {
  const { out, back, packet } = conversation(lab);
  const frames: FrameAfter[] = [];
  const at = (afterMs: number, name: string, bytes: Uint8Array) => frames.push({ at: `f:${name}`, afterNs: ms(afterMs), bytes });
  const tcp = (port: number, steps: readonly (readonly [afterMs: number, from: 'out' | 'back', flags: Flags])[]) => {
    for (const [after, from, flags] of steps) {
      at(after, from === 'out' ? 'eth1' : 'eth2', segment(from === 'out' ? out(port) : back(port), flags));
    }
  };
  const OPEN = [
    [0, 'out', 'S'],
    [10, 'back', 'SA'],
    [20, 'out', 'A'],
  ] as const;
  tcp(1001, [
    [0, 'out', 'S'],
    [2000, 'back', 'SA'],
  ]);
  tcp(1002, [
    [0, 'out', 'S'],
    [10, 'back', 'SA'],
    [2000, 'out', 'A'],
  ]);
  tcp(1003, [...OPEN, [6000, 'out', 'A']]);
  tcp(1004, [...OPEN, [30, 'out', 'F'], [2000, 'back', 'A']]);
  tcp(1005, [...OPEN, [30, 'out', 'R'], [2000, 'back', 'A']]);
  tcp(1006, [[50, 'out', 'A']]);
  at(0, 'eth1', datagram(out(1007)));
  at(2000, 'eth2', datagram(back(1007)));
  for (const kind of ['request', 'reply'] as const) {
    const [after, name, way] = kind === 'request' ? ([0, 'eth1', out(0)] as const) : ([2000, 'eth2', back(0)] as const);
    at(after, name, packet(way, 1, emitIcmpEcho({ kind, id: 1, seq: 1, payload: new Uint8Array(0) })));
  }
  at(0, 'eth1', packet(out(0), GRE, new Uint8Array(20)));
  at(2000, 'eth2', packet(back(0), GRE, new Uint8Array(20)));
  // Translated, and still there at the end.
  at(9500, 'eth1', datagram({ ...out(0), from: '10.0.1.130:5', to: `${SERVER}:53` }));
  at(9500, 'eth1', datagram({ ...out(0), from: '10.0.1.131:5', to: `${SERVER}:53` }));
  return frames;
}

const F = 'topology/nodes/f';

export const SESSIONS: Changed = {
  name: 'a firewall with zones',
  text: `
name: inert
duration: 1s
topology:
  nodes:
    h: { kind: hypervisor }
    f:
      kind: firewall
      on: h
      interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24 } }
      zones: { trust: [eth1], untrust: [eth2] }
      policies:
        - { name: dns, from: [trust], to: [untrust], source: 10.0.1.128/25, destination: 10.0.2.0/24, protocol: udp, port: 53, action: allow }
        - { name: no-udp, from: any, to: any, source: 10.0.1.128/25, protocol: udp, action: deny }
        - { name: rest, from: trust, to: untrust }
      nat:
        - { name: hide, from: [trust], to: [untrust], source: 10.0.1.128/25, pool: 10.0.2.100, ports: 2000-2009 }
      sessions:
        max: 64
        timeouts: { tcp: 4s, tcp-init: 1s, tcp-handshake: 1s, tcp-half-closed: 1s, tcp-time-wait: 1s, udp: 1s, icmp: 1s, default: 1s }
        tcp-without-syn: drop
    a: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: ${CLIENT}/24 } } }
    b: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: ${SERVER}/24 } } }
  links:
    - endpoints: ["f:eth1", "a:eth0"]
    - endpoints: ["f:eth2", "b:eth0"]
`,
  framesOf,
  changes: {
    [`${F}/zones/untrust`]: says([], 'expected'),
    [`${F}/zones/untrust/0`]: says('eth1', 'f:eth1 is already in zone trust'),
    [`${F}/policies/0/name`]: 'domain',
    [`${F}/policies/0/from/0`]: 'untrust',
    [`${F}/policies/0/to/0`]: 'trust',
    [`${F}/policies/0/source`]: '10.0.1.0/25',
    [`${F}/policies/0/destination`]: '10.0.3.0/24',
    [`${F}/policies/0/protocol`]: 'tcp',
    [`${F}/policies/0/port`]: 54,
    [`${F}/policies/0/action`]: 'deny',
    [`${F}/nat/0/name`]: 'show',
    [`${F}/nat/0/from/0`]: 'untrust',
    [`${F}/nat/0/to/0`]: 'trust',
    [`${F}/nat/0/source`]: '10.0.1.0/25',
    [`${F}/nat/0/pool`]: '10.0.2.101',
    [`${F}/nat/0/ports`]: 2000,
    [`${F}/sessions/max`]: 2,
    ...Object.fromEntries(
      ['tcp-init', 'tcp-handshake', 'tcp-half-closed', 'tcp-time-wait', 'udp', 'icmp', 'default'].map((timeout) => [
        `${F}/sessions/timeouts/${timeout}`,
        '3s',
      ]),
    ),
    [`${F}/sessions/timeouts/tcp`]: '8s',
    [`${F}/sessions/tcp-without-syn`]: 'reset',
  },
};
