/** Flags of nodes (layout.ts) that choose among several ways: teams of uplinks, load balancers. Shared with the host. */
/** How a vSwitch chooses an uplink for a frame (asm/decide/team.ts): by port, by source MAC, by IP addresses; none: the active one. */
export const NODE_TEAM_PORT_ID = 8192;
export const NODE_TEAM_SOURCE_MAC = 16384;
export const NODE_TEAM_IP_HASH = 32768;
export const NODE_TEAM = 57344;
/** Beacons that come by an uplink are for the host's agent. */
export const NODE_BEACONS = 65536;
/** A router that spreads packets over the routes to one network (asm/decide/balance.ts). */
export const NODE_BALANCES = 131072;
/** The node sends no ICMP errors (asm/decide/icmp-error.ts). */
export const NODE_TELLS_NOBODY = 262144;
