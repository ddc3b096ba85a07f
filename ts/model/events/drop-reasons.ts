/**
 * The one table of drop reasons. `npm run build` generates the constants of the data plane
 * (gen/asm/drop-reasons.ts) and docs/drop-reasons.md from it.
 *
 * Logs and captures of users contain these numbers. A number is never reused, a name never changes. A new reason names its subject and
 * takes the next free number of that subject's range (DROP_REASON_RANGES), so that two people who add reasons on two branches
 * never take the same number. Reasons below 41 came before the ranges.
 */
export const DROP_REASONS = {
  'link-down': { number: 1, where: 'anywhere', says: 'the interface has no carrier' },
  'queue-full': { number: 2, where: 'anywhere', says: "the link's queue has no room for the frame" },
  runt: { number: 3, where: 'anywhere', says: 'the frame is too short to hold an Ethernet header' },
  'frame-too-long': { number: 4, where: 'anywhere', says: 'the frame is longer than the interface may receive' },
  'pool-exhausted': { number: 5, where: 'anywhere', says: 'no frame buffer or descriptor was free' },
  'no-recipient': { number: 6, where: 'anywhere', says: 'there is no port to send the frame to' },
  'dst-mac-mismatch': {
    number: 7,
    where: 'vSwitch',
    says: 'no port of the VLAN has this destination as effective MAC, and none receives promiscuously',
  },
  'forged-transmit': {
    number: 8,
    where: 'vSwitch',
    says: "the source is not the port's effective MAC and forged transmits are rejected",
  },
  'mac-change-rejected': {
    number: 9,
    where: 'vSwitch',
    says: 'the guest changed its effective MAC and the policy rejects MAC changes: its port receives nothing',
  },
  'mac-limit': { number: 10, where: 'vSwitch', says: 'the port has already learned as many MACs as its limit allows' },
  'source-reflected': { number: 11, where: 'vSwitch', says: 'a frame from an uplink carries the MAC of a local port as source' },
  'reverse-path': {
    number: 12,
    where: 'vSwitch',
    says: "a promiscuous copy arrived on an uplink that is not the port's active uplink",
  },
  'port-blocked': { number: 13, where: 'vSwitch', says: 'the port is blocked' },
  'vlan-mismatch': { number: 14, where: 'vSwitch', says: 'the frame carries a VLAN tag that the port does not accept' },
  'interface-down': { number: 15, where: 'firewall', says: 'the node is not running' },
  'ha-not-active': { number: 16, where: 'firewall', says: 'the unit does not forward in its HA state' },
  'not-mine': { number: 17, where: 'layer 3', says: "the destination MAC is not the interface's MAC" },
  'mtu-exceeded': { number: 18, where: 'layer 3', says: 'the packet is larger than the MTU of the outgoing interface' },
  'ttl-expired': { number: 19, where: 'layer 3', says: 'the time to live expired' },
  'no-route': { number: 20, where: 'layer 3', says: 'no route leads to the destination' },
  'neighbour-unresolved': {
    number: 21,
    where: 'layer 3',
    says: 'the next hop did not answer ARP, or three frames already wait for its answer',
  },
  'bad-packet': { number: 22, where: 'layer 3', says: 'the IPv4 header is truncated, has a wrong checksum or another version' },
  'no-listener': { number: 23, where: 'layer 3', says: 'the packet reached its address but has no receiver there' },
  impairment: { number: 24, where: 'anywhere', says: "the link's impairment dropped the frame" },
  corrupted: { number: 25, where: 'anywhere', says: 'the frame arrived with a wrong check sequence: the link corrupted it' },
  'arp-inspection': {
    number: 26,
    where: 'physical switch',
    says: 'ARP from an untrusted port, and no binding allows its sender address and MAC',
  },
  'port-security': { number: 27, where: 'physical switch', says: 'a new source MAC on a port that has reached its MAC limit' },
  'rate-disabled': {
    number: 28,
    where: 'physical switch',
    says: 'the port is disabled: it sent more ARP per second than its limit',
  },
  'nic-l2-filter': { number: 29, where: 'NIC', says: 'no function of the NIC has this destination, and the PF is not promiscuous' },
  'no-pool': { number: 30, where: 'NIC', says: 'no pool of the VLAN accepts the frame, and the default pool is off' },
  'pool-rx-disabled': {
    number: 31,
    where: 'NIC',
    says: 'the pool of the function does not receive: its link is down, or it is not initialised',
  },
  'no-descriptor': {
    number: 32,
    where: 'NIC',
    says: 'the receive queue of the function has no free descriptor, or is not enabled',
  },
  'source-pruned': {
    number: 33,
    where: 'NIC',
    says: 'the frame came back from the wire, and only its own sender would receive it',
  },
  'spoof-mac': { number: 34, where: 'NIC', says: "the source is not one of the VF's addresses and its spoof check is on" },
  'spoof-vlan': { number: 35, where: 'NIC', says: "the VF is not a member of the frame's VLAN and its spoof check is on" },
  'tagged-under-port-vlan': { number: 36, where: 'NIC', says: 'the VF sent a tagged frame although the PF gave it a port VLAN' },
  'vf-link-disabled': { number: 37, where: 'NIC', says: 'the VF does not transmit: its link is down, or it is not initialised' },
  'rx-ring-full': { number: 38, where: 'packet I/O', says: 'the receive ring of the interface has no free descriptor' },
  'mmap-frozen': { number: 39, where: 'packet I/O', says: 'the reader holds all blocks of the packet socket' },
  'tx-ring-full': {
    number: 40,
    where: 'packet I/O',
    says: 'the transmit ring, or the ring of the guest at the other end, has no free descriptor',
  },
  'aggregate-member': {
    number: 206,
    where: 'physical switch, firewall',
    subject: 'switch',
    says: 'the port is a member of an aggregate and does not collect; or the aggregate has no member that distributes',
  },
  'reserved-address': {
    number: 207,
    where: 'physical switch',
    subject: 'switch',
    says: 'no bridge passes on frames to 01:80:c2:00:00:00 to 01:80:c2:00:00:0f, LACP among them (IEEE 802.1Q)',
  },
  'wire-tag': { number: 48, where: 'firewall', subject: 'firewall', says: 'the virtual wire does not pass frames with this tag' },
  'no-session': {
    number: 74,
    where: 'firewall',
    subject: 'session',
    says: 'the packet belongs to no session and cannot open one',
  },
  'policy-deny': { number: 75, where: 'firewall', subject: 'session', says: 'no policy allows a session between these zones' },
  'session-table-full': { number: 76, where: 'firewall', subject: 'session', says: 'the session table has no room' },
  'nat-pool-exhausted': {
    number: 77,
    where: 'firewall',
    subject: 'session',
    says: 'the pool of the NAT rule has no port left',
  },
  'no-address': {
    number: 128,
    where: 'host',
    subject: 'lease',
    says: 'the interface that a flow sends from has no leased address now',
  },
  'dhcp-snooping': {
    number: 129,
    where: 'physical switch',
    subject: 'lease',
    says: 'a DHCP server spoke on a port that the switch does not trust for DHCP',
  },
  'pppoe-session': { number: 130, where: 'layer 3', subject: 'lease', says: 'no session of this number is open with the MAC' },
  'fabric-source': { number: 144, where: 'cloud fabric', subject: 'cloud', says: 'the interface behind the port has another MAC' },
  'fabric-gratuitous': { number: 145, where: 'cloud fabric', subject: 'cloud', says: 'the fabric ignores gratuitous ARP' },
  'fabric-unknown': { number: 146, where: 'cloud fabric', subject: 'cloud', says: 'the API told of no other interface with it' },
  'fabric-broadcast': {
    number: 147,
    where: 'cloud fabric',
    subject: 'cloud',
    says: 'the fabric passes on no broadcast or multicast',
  },
  'guest-stunned': {
    number: 168,
    where: 'host, firewall',
    subject: 'migration',
    says: 'the guest is stunned: it moves to another host',
  },
} as const satisfies Record<string, Reason>;

interface Reason {
  readonly number: number;
  readonly where: string;
  readonly says: string;
  /** The subject whose range contains the number. */
  readonly subject?: keyof typeof DROP_REASON_RANGES;
}

/** Numbers reserved per subject, first and last, both included. A number fits a byte: 240 to 255 are not assigned yet. */
export const DROP_REASON_RANGES = {
  /** Frames and lines as such. */
  frame: [41, 47],
  /** Firewalls as such, and high availability. */
  firewall: [48, 71],
  /** Sessions of a firewall, address translation. */
  session: [72, 103],
  /** IPv6 and neighbour caches. */
  neighbour: [104, 127],
  /** Leases of addresses. */
  lease: [128, 143],
  /** Addresses and routes of public clouds. */
  cloud: [144, 167],
  /** Guests that move between hosts, teams of uplinks. */
  migration: [168, 183],
  /** Faults of the network itself: storms, MAC addresses that move. */
  truth: [184, 199],
  /** Virtual and physical switches. */
  switch: [200, 219],
  /** NICs, their functions and drivers, packet rings. */
  nic: [220, 239],
} as const satisfies Record<string, readonly [first: number, last: number]>;

export type DropReason = keyof typeof DROP_REASONS;

const NAMES = new Map<number, DropReason>(
  Object.entries(DROP_REASONS).map(([name, reason]) => [reason.number, name as DropReason]),
);

/**
 * The name of a reason's number.
 * @throws RangeError for a number that the table does not have: the data plane and this table come from different builds.
 */
export function dropReasonName(number: number): DropReason {
  const name = NAMES.get(number);
  if (name === undefined) throw new RangeError(`no drop reason has number ${number}`);
  return name;
}
