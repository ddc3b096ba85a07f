/**
 * What SR-IOV NICs can do, by model: two families, told apart by how a VF talks to its PF. 10G (82599, X540, X550) has a mailbox of
 * 16 words, 40G (X710, XL710) a virtual channel of messages. The E810 of 100G speaks that channel, too: it is of the family of 40G, and
 * differs in its driver (ice), its speeds and some of its PF's answers (virtchnl.ts).
 */
import { type Mac, macToNumber } from '../../values/mac.ts';

export const NIC_MODELS = ['82599', 'x540', 'x550', 'x710', 'xl710', 'e810'] as const;
export type NicModel = (typeof NIC_MODELS)[number];

export type NicFamily = '10g' | '40g';

export function familyOf(model: NicModel): NicFamily {
  return model === 'x710' || model === 'xl710' || model === 'e810' ? '40g' : '10g';
}

/** What a NIC is called by its speed. */
export function generationOf(model: NicModel): '10G' | '40G' | '100G' {
  if (model === 'e810') return '100G';
  return familyOf(model) === '10g' ? '10G' : '40G';
}

/** Rule VF-01: how many VFs there may be. An E810 has more (ice_sriov.h, ICE_MAX_SRIOV_VFS; ice_main.c, `ice_set_pf_caps`). */
export function vfsMax(model: NicModel, trafficClasses: number): number {
  if (model === 'e810') return 256;
  if (familyOf(model) === '40g') return 128;
  if (trafficClasses === 1) return 63;
  return trafficClasses <= 4 ? 31 : 15;
}

/**
 * Exact addresses all functions can have together: the receive-address entries of 10G, 18 and more per function of 40G.
 *
 * Decision someone may dispute: so it is on 100G, too. ice names no number: its firmware shares the rules of its switch out.
 */
export function filtersMax(model: NicModel, functions: number): number {
  return familyOf(model) === '10g' ? 128 : functions * 24;
}

/** Rules VF-11, VF-13, VF-14, VF-08: what the administrator sets of a VF. */
export interface VfConfig {
  /** Administrative MAC; '' when the PF sets none. */
  readonly adminMac: string;
  /** Port VLAN, 0 for none, and its priority. */
  readonly vlan: number;
  readonly qos: number;
  readonly trusted: boolean;
  readonly spoofCheck: boolean;
  readonly linkState: VfLinkState;
  /** Mbit/s; 0 is no limit. */
  readonly maxTxRate: number;
  readonly minTxRate: number;
  readonly queryRss: boolean;
}

export const VF_LINK_STATES = ['auto', 'enable', 'disable'] as const;
export type VfLinkState = (typeof VF_LINK_STATES)[number];

/** Rule VF-01: a new VF. */
export const NEW_VF: VfConfig = {
  adminMac: '',
  vlan: 0,
  qos: 0,
  trusted: false,
  spoofCheck: true,
  linkState: 'auto',
  maxTxRate: 0,
  minTxRate: 0,
  queryRss: false,
};

/** Versions of the mailbox of 10G that a VF's driver may speak (rule MBX-08), the oldest first; each knows what those before it know. */
export const MAILBOX_APIS = ['1.0', '1.1', '1.2', '1.3', '1.4'] as const;
export type MailboxApi = (typeof MAILBOX_APIS)[number];

/** That of a driver of which nothing is said. */
export const NEWEST_MAILBOX: MailboxApi = '1.4';

/** Whether a driver of one version knows what came with another. */
export function speaksMailbox(own: MailboxApi, other: MailboxApi): boolean {
  return MAILBOX_APIS.indexOf(own) >= MAILBOX_APIS.indexOf(other);
}

/** Rule COST-07: the bus that a NIC's functions share, and its embedded switch. */
export interface NicBus {
  /** Bits per second; 0 is unlimited. */
  readonly rateBps: number;
  /** Bytes that may wait for it. */
  readonly queueBytes: number;
  /** Of the embedded switch, of each frame. */
  readonly switchNs: number;
}

/** What the embedded switch takes of a frame, in nanoseconds. */
export const EMBEDDED_SWITCH_NS = 300;

/** Names of a NIC's interfaces: its cable, its PF, its VFs. */
export const WIRE = 'wire';

export const PF = 'pf';

export function vfName(number: number): string {
  return `vf${number}`;
}

/** Number of a VF by its name; null for another name. */
export function vfNumber(name: string): number | null {
  const match = /^vf(0|[1-9]\d{0,2})$/.exec(name);
  return match === null ? null : Number(match[1]);
}

// ── Rule VF-10: the multicast hash of 10G ───────────────────────────────────────────────────────────────────────────

/** The 12-bit vector of a group (filter type 0). */
export function multicastVector(group: Mac): number {
  const low = macToNumber(group) % 2 ** 16;
  return ((low >>> 12) | ((low & 0xff) << 4)) & 0xfff;
}

// ── Rule VF-14: transmit rate limits ────────────────────────────────────────────────────────────────────────────────

const RATE_ENABLE = 0x8000_0000;

const RATE_FACTOR = 2 ** 14;
const RATE_MASK = 0x0fff_ffff;
const TEN_GIGABIT_MBPS = 10_000;
const RATE_10G_MIN_MBPS = 10;

/** Speeds the wire of a NIC can be set to, Mbit/s; the last is that of a wire of which nothing is said. */
const SPEEDS_MBPS: Readonly<Record<PfDriver, readonly number[]>> = {
  ixgbe: [100, 1000, TEN_GIGABIT_MBPS],
  i40e: [1000, TEN_GIGABIT_MBPS, 40_000],
  ice: [TEN_GIGABIT_MBPS, 25_000, 50_000, 100_000],
};

export function speedsMbps(model: NicModel): readonly number[] {
  return SPEEDS_MBPS[pfDriver(model)];
}

/**
 * Rule VCH-01: capabilities of a VF of 40G that change something here, by the names of their bits: VIRTCHNL_VF_OFFLOAD_REQ_QUEUES, _RSS_PF
 * and _VLAN (virtchnl.h). Sorted.
 */
export const VF_CAPABILITIES = ['req-queues', 'rss-pf', 'vlan'] as const;
export type VfCapability = (typeof VF_CAPABILITIES)[number];

/** Rule VCH-09: what i40e tells a VF whose link is forced up, whatever the wire does. */
const FORCED_UP_MBPS = 40_000;

/** Rule VCH-09: what a VF is told whose link is forced up. ice tells the speed of the wire (ice_virtchnl.c, `ice_vc_notify_vf_link_state`). */
export function forcedUpMbps(model: NicModel, linkMbps: number): number {
  return pfDriver(model) === 'ice' ? linkMbps : FORCED_UP_MBPS;
}

/** The register of the 10G limiter; 0 is off. */
export function rateRegister(linkMbps: number, rateMbps: number): number {
  if (rateMbps === 0) return 0;
  return (RATE_ENABLE + (Math.floor((linkMbps * RATE_FACTOR) / rateMbps) & RATE_MASK)) >>> 0;
}

/** Bits per second that a limit comes to: 10G divides by the register's 14-bit fraction; 40G takes the number. 0 is no limit. */
export function effectiveRateBps(model: NicModel, linkMbps: number, rateMbps: number): number {
  if (rateMbps === 0 || familyOf(model) === '40g') return rateMbps * 1e6;
  return Math.floor((linkMbps * 1e6 * RATE_FACTOR) / (rateRegister(linkMbps, rateMbps) & RATE_MASK));
}

/** Why a rate limit is refused; null when it is not. 40G limits what its link can do. */
export function rateRefusal(model: NicModel, linkMbps: number, max: number, min: number): string | null {
  if (min !== 0) return 'min_tx_rate is not supported';
  if (max === 0) return null;
  if (familyOf(model) === '40g') return max > linkMbps ? `max_tx_rate is above the link's ${linkMbps} Mbit/s` : null;
  if (linkMbps !== TEN_GIGABIT_MBPS) return `max_tx_rate needs a 10G link; it has ${linkMbps} Mbit/s`;
  return max <= RATE_10G_MIN_MBPS || max > TEN_GIGABIT_MBPS ? 'max_tx_rate is above 10 and at most 10000 Mbit/s' : null;
}

// ── Rules RSS-02, RSS-03 ────────────────────────────────────────────────────────────────────────────────────────────

/** The key that drivers set when nobody gives another, 40 bytes padded to 52. */
export const RSS_KEY = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa000000000000000000000000';

/**
 * Whether one key and one redirection table serve all functions: on 82599 and X540 the VFs use the PF's; from X550 on each pool has its
 * own (ixgbevf_main.c, `ixgbevf_configure_rx` and `ixgbevf_setup_vfmrqc`; ixgbe_main.c, `ixgbe_setup_vfreta`).
 */
export function sharesRss(model: NicModel): boolean {
  return model === '82599' || model === 'x540';
}

/** Entries of the redirection table of a VF (ixgbevf.h: IXGBEVF_82599_RETA_SIZE, IXGBEVF_X550_VFRETA_SIZE). */
export function rssEntries(model: NicModel): number {
  return sharesRss(model) ? 128 : 64;
}

/**
 * Whether the hash takes the ports of UDP. On 10G neither the PF nor a VF's driver asks for it, only for TCP's (ixgbe_main.c,
 * `ixgbe_setup_mrqc`; ixgbevf_main.c, `ixgbevf_setup_vfmrqc`); on 40G it is among the default fields (i40e_txrx.h, I40E_DEFAULT_RSS_HENA).
 */
export function hashesUdpPorts(model: NicModel): boolean {
  return familyOf(model) === '40g';
}

const POOLS_WITH_FOUR_QUEUES = 32;

/**
 * Queues of a 10G VF (ixgbe_lib.c, `ixgbe_set_sriov_queues`): 4 in 32 pools, 2 in 64. The PF has a pool too, so 32 VFs have 2 each. Traffic
 * classes share them out differently (`ixgbe_set_dcb_sriov_queues`): 4 in 32 pools, 8 in 16.
 *
 * Decision someone may dispute: the host has four processors or more; with fewer the driver gives every pool 2.
 */
export function queuesPerPool(vfs: number, trafficClasses = 1): number {
  if (trafficClasses > 1) return trafficClasses > 4 ? 8 : 4;
  return vfs + 1 <= POOLS_WITH_FOUR_QUEUES ? 4 : 2;
}

/** Why a VF cannot be allowed to read key and table; null when it can (ixgbe_sriov.c, `ixgbe_ndo_set_vf_rss_query_en`). */
export function rssQueryRefusal(model: NicModel): string | null {
  return sharesRss(model) ? null : `query_rss is not supported on ${model.toUpperCase()}, only on 82599 and X540`;
}

/** Drivers of PFs: where host and guest meet (rule DRV-02). */
export const PF_DRIVERS = ['i40e', 'ixgbe', 'ice'] as const;
export type PfDriver = (typeof PF_DRIVERS)[number];

/** Driver of a NIC's PF, on the host and in a guest it is passed through to. */
export function pfDriver(model: NicModel): PfDriver {
  if (model === 'e810') return 'ice';
  return familyOf(model) === '10g' ? 'ixgbe' : 'i40e';
}

/** Driver of a NIC's VF in a guest (rule DRV-01): ice has none of its own, its VFs are those of the adaptive driver. */
export function vfDriver(model: NicModel): string {
  return model === 'e810' ? 'iavf' : `${pfDriver(model)}vf`;
}

/**
 * Why the PF disables no VF (rule VCH-10); null where it does. ixgbe has no such events; ice writes them to its log, unless the host sets
 * its private flag `mdd-auto-reset-vf` (ice_sriov.c, `ice_print_vfs_mdd_events`), and counts no refused requests (ice_virtchnl.c,
 * `ice_vc_send_msg_to_vf`).
 */
export function disableRefusal({ name, model }: { readonly name: string; readonly model: NicModel }): string | null {
  if (pfDriver(model) === 'i40e') return null;
  return `${name} is a NIC of ${generationOf(model)}: its PF disables no VFs`;
}
