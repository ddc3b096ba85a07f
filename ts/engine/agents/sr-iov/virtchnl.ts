/**
 * The PF's side of the 40G virtual channel (rules VCH-01 to VCH-10): a message in, a status out, or none, and what follows.
 *
 * A message is an operation and words, as the command `vf NODE:VF request` has them. The status is the return value of the reply; null
 * is no reply at all. "invalid-mac" stands for the driver's internal status of that name.
 */
import { pfDriver, VF_CAPABILITIES, type VfCapability } from '../../../model/hardware/nic.ts';
import { VIRTCHNL_STATUS } from '../../../model/hardware/virtchnl.ts';
import { type Mac, parseMac } from '../../../values/mac.ts';
import {
  addressesOf,
  type Effect,
  filter,
  isMulticast,
  isOverride,
  isUnicast,
  macChanged,
  modeChanged,
  refused,
  resetEffects,
  type VfView,
} from './vf-request.ts';

export type VirtchnlStatus = number | 'invalid-mac' | null;

export interface VirtchnlAnswer {
  readonly retval: VirtchnlStatus;
  /** What the PF granted, or why it refused. */
  readonly detail: string;
  readonly effects: readonly Effect[];
}

/** Rules VCH-01, VCH-04, VCH-06, VCH-08, VCH-10. */
export const VIRTCHNL_LIMITS = {
  queuePairs: 16,
  defaultQueuePairs: 4,
  untrustedMacs: 18,
  untrustedVlans: 16,
  rssKeyBytes: 52,
  rssTableEntries: 64,
  failures: 10,
} as const;

const VID_MAX = 4095;

type Operation = (view: VfView, args: readonly string[]) => VirtchnlAnswer;

/** The PF's answer to a message. A VF that is not active may only introduce itself. */
export function answerVirtchnl(view: VfView, op: string, args: readonly string[]): VirtchnlAnswer {
  const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  const answer = operation === undefined ? fail('not-supported', 'unknown-opcode') : decide(view, op, operation, args);
  const hasFailed = answer.retval !== null && answer.retval !== 0;
  // Rule VCH-10: one request too many in a row.
  if (!hasFailed || isIce(view) || view.vf.failures < VIRTCHNL_LIMITS.failures) return answer;
  return { ...answer, effects: [...answer.effects, { type: 'VfDisabled', data: { reason: 'invalid-messages' } }] };
}

function decide(view: VfView, op: string, operation: Operation, args: readonly string[]): VirtchnlAnswer {
  const isIntroduction = op === 'VERSION' || op === 'GET_VF_RESOURCES' || op === 'RESET_VF';
  const needed = NEEDS[op];
  if (needed !== undefined && view.vf.withheld.includes(needed)) return fail('not-supported', 'not-granted');
  return view.vf.status === 'ready' || isIntroduction ? operation(view, args) : fail('param', 'not-active');
}

function done(detail = '', effects: readonly Effect[] = []): VirtchnlAnswer {
  return { retval: 0, detail, effects };
}

function fail(status: keyof typeof VIRTCHNL_STATUS, detail: string, effects: readonly Effect[] = []): VirtchnlAnswer {
  return { retval: VIRTCHNL_STATUS[status], detail, effects };
}

const nothing: Operation = () => done();

/**
 * Rule VCH-01: operations that belong to a capability. The PF refuses them from a VF that it was not granted to.
 *
 * Decision someone may dispute: ice refuses so (ice_virtchnl_allowlist.c, `ice_vc_is_opcode_allowed`); i40e leaves it to the VF's driver
 * not to ask.
 */
const NEEDS: Readonly<Record<string, VfCapability>> = {
  ADD_VLAN: 'vlan',
  DEL_VLAN: 'vlan',
  CONFIG_RSS_KEY: 'rss-pf',
  CONFIG_RSS_LUT: 'rss-pf',
  REQUEST_QUEUES: 'req-queues',
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  VERSION: (_, [version = '']) => done(version === '1.0' ? '1.0' : '1.1'),
  GET_VF_RESOURCES: getResources,
  RESET_VF: (view) => ({ retval: null, detail: '', effects: resetEffects(view, 'requested') }),
  ADD_ETH_ADDR: addAddresses,
  DEL_ETH_ADDR: deleteAddresses,
  ADD_VLAN: (view, args) => changeVlans(view, args, true),
  DEL_VLAN: (view, args) => changeVlans(view, args, false),
  CONFIG_PROMISCUOUS_MODE: configurePromiscuous,
  CONFIG_VSI_QUEUES: configureQueues,
  ENABLE_QUEUES: (view, args) => enableQueues(view, args, true),
  DISABLE_QUEUES: (view, args) => enableQueues(view, args, false),
  REQUEST_QUEUES: requestQueues,
  CONFIG_RSS_KEY: ({ vf }, [key = '']) => {
    if (!isBytes(key) || key.length !== VIRTCHNL_LIMITS.rssKeyBytes * 2) return fail('param', 'key-length');
    return done('', [{ type: 'VfRssChanged', data: { key, table: vf.rssTable } }]);
  },
  CONFIG_RSS_LUT: configureTable,
  CONFIG_IRQ_MAP: nothing,
  GET_STATS: nothing,
  ENABLE_VLAN_STRIPPING: nothing,
  DISABLE_VLAN_STRIPPING: nothing,
};

/**
 * Rule VCH-01: of the capabilities that the VF's driver names it gets those that the PF's driver knows, too; a driver that names none knows
 * all. Under a port VLAN, VLANs are none of the VF's business (i40e_virtchnl_pf.c, `i40e_vc_get_vf_resources_msg`).
 */
function getResources({ vf, capabilities }: VfView, asked: readonly string[]): VirtchnlAnswer {
  const { rssKeyBytes, rssTableEntries } = VIRTCHNL_LIMITS;
  const isKnown = (one: VfCapability) => capabilities.includes(one) && (asked.length === 0 || asked.includes(one));
  const withheld = VF_CAPABILITIES.filter((one) => !isKnown(one));
  const offload = vf.config.vlan === 0 && isKnown('vlan') ? ', vlan-offload' : '';
  const without = withheld.length === 0 ? '' : `, without ${withheld.join(' ')}`;
  const isSo = withheld.join() === vf.withheld.join();
  return done(
    `${vf.queues} queue pairs, key ${rssKeyBytes}, table ${rssTableEntries}${offload}${without}`,
    isSo ? [] : [{ type: 'VfCapabilitiesChanged', data: { withheld } }],
  );
}

/**
 * Why addresses are not added, and the status of each reason. ice has another status than i40e where one of its filters fails: the error of
 * its admin queue (ice_virtchnl.c, `ice_vc_handle_mac_addr_msg`; i40e_virtchnl_pf.c, `i40e_check_vf_permission`).
 */
const NOT_ADDED = {
  i40e: { 'admin-mac': 'not-permitted', 'filter-limit': 'not-permitted', 'no-filter': 'param' },
  ice: { 'admin-mac': 'admin-queue', 'filter-limit': 'param', 'no-filter': 'admin-queue' },
} as const;

function isIce({ model }: VfView): boolean {
  return pfDriver(model) === 'ice';
}

const SKIPPED_BY_ICE = ['ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'];

/** The addresses of a list that the PF looks at: ice skips broadcast and zero, which i40e refuses. */
function looksAt(view: VfView, args: readonly string[]): readonly string[] {
  return isIce(view) ? args.filter((arg) => !SKIPPED_BY_ICE.includes(arg)) : args;
}

/**
 * Rules VCH-03, VCH-04: all or nothing.
 *
 * Decision someone may dispute: so it is on 100G, too. The driver ice keeps the addresses before the one that fails.
 */
function addAddresses(view: VfView, given: readonly string[]): VirtchnlAnswer {
  const { vf } = view;
  const args = looksAt(view, given);
  if (args.length === 0 && given.length > 0) return done();
  const status = NOT_ADDED[isIce(view) ? 'ice' : 'i40e'];
  const macs = args.map(parseMac);
  const bad = args.find((_, i) => !isAddress(macs[i] ?? null));
  if (bad !== undefined || macs.length === 0) {
    return { retval: 'invalid-mac', detail: 'invalid', effects: [refused(bad ?? '', 'invalid')] };
  }
  const wanted = macs.filter((mac): mac is Mac => mac !== null);
  const override = wanted.find((mac) => isUnicast(mac) && isOverride(view, mac));
  if (override !== undefined) return fail(status['admin-mac'], 'admin-mac', [refused(override, 'admin-mac')]);
  const added = [...new Set(wanted)].filter((mac) => !Object.hasOwn(vf.addresses, mac));
  // Broadcast counts as one.
  const count = Object.keys(vf.addresses).length + 1 + added.length;
  const isTooMany = added.length > 0 && !vf.config.trusted && count > VIRTCHNL_LIMITS.untrustedMacs;
  if (isTooMany) return fail(status['filter-limit'], 'filter-limit');
  if (added.length > view.freeFilters) return fail(status['no-filter'], 'no-filter');
  const first = view.effectiveMac === '' ? added.find(isUnicast) : undefined;
  return done('', [
    ...(first === undefined ? [] : [macChanged('', first)]),
    ...added.filter((mac) => mac !== first).map((mac) => filter('mac', mac, true)),
  ]);
}

function isAddress(mac: Mac | null): boolean {
  return mac !== null && mac !== 'ff:ff:ff:ff:ff:ff' && (isUnicast(mac) || isMulticast(mac));
}

/** Without its effective MAC a VF answers to the next unicast it has. */
function deleteAddresses(view: VfView, given: readonly string[]): VirtchnlAnswer {
  const args = looksAt(view, given);
  if (args.length === 0 && given.length > 0) return done();
  const macs = args.map(parseMac);
  if (macs.length === 0 || macs.some((mac) => !isAddress(mac))) return { retval: 'invalid-mac', detail: 'invalid', effects: [] };
  const gone = [...new Set(macs)].filter((mac): mac is Mac => mac !== null && Object.hasOwn(view.vf.addresses, mac));
  const next = addressesOf(view).find((mac) => isUnicast(mac as Mac) && !gone.includes(mac as Mac)) ?? '';
  return done(
    '',
    gone.map((mac) => (mac === view.effectiveMac ? macChanged(mac, next) : filter('mac', mac, false))),
  );
}

/** VLANs of an untrusted VF of 100G, 0 aside (ice_virtchnl.c, `ice_vf_has_max_vlans`: 8 with it). */
const UNTRUSTED_VLANS_OF_ICE = 7;

/** Rule VCH-04. ice adds as many of a list as there is room for (ice_virtchnl.c, `ice_vc_process_vlan_msg`). */
function changeVlans(view: VfView, args: readonly string[], present: boolean): VirtchnlAnswer {
  const { vf } = view;
  const vids = args.map(Number);
  const own = vf.vlans.filter((vid) => vid !== 0).length;
  const limit = isIce(view) ? UNTRUSTED_VLANS_OF_ICE : VIRTCHNL_LIMITS.untrustedVlans;
  const isLimited = present && !vf.config.trusted;
  const ignored: Effect = { type: 'VfRequestIgnored', data: { op: 'ADD_VLAN', reason: 'vlan-limit' } };
  if (isLimited && own >= limit) return done('ignored', [ignored]);
  if (vids.length === 0 || vids.some((vid) => !Number.isInteger(vid) || vid < 0 || vid > VID_MAX)) return fail('param', 'vlan-id');
  if (vf.config.vlan !== 0) return fail('param', 'port-vlan');
  const changed = [...new Set(vids)].filter((vid) => vid !== 0 && vf.vlans.includes(vid) !== present);
  const room = isLimited && isIce(view) ? limit - own : changed.length;
  const filters = changed.slice(0, room).map((vid) => filter('vlan', String(vid), present));
  return done('', changed.length > room ? [...filters, ignored] : filters);
}

const UNICAST_BIT = 1;
const MULTICAST_BIT = 2;

/** Rule VCH-05: the PF answers an untrusted VF with success. */
function configurePromiscuous(view: VfView, [text = '']: readonly string[]): VirtchnlAnswer {
  const flags = Number(text);
  if (!view.vf.config.trusted) {
    if (flags === 0) return done();
    return done('ignored', [{ type: 'VfRequestIgnored', data: { op: 'CONFIG_PROMISCUOUS_MODE', reason: 'promisc' } }]);
  }
  if (!Number.isInteger(flags) || flags < 0 || flags > (UNICAST_BIT | MULTICAST_BIT)) return fail('param', 'flags');
  const mode = { ...view.vf.mode, promiscuous: (flags & UNICAST_BIT) !== 0, allMulticast: (flags & MULTICAST_BIT) !== 0 };
  return done('', modeChanged(view, mode));
}

/** Rule VCH-06. */
function configureQueues({ vf }: VfView, [pairs = '', txQueue = '0', rxQueue = '0']: readonly string[]): VirtchnlAnswer {
  const queues = Number(pairs);
  if (!Number.isInteger(queues) || queues < 1 || queues > VIRTCHNL_LIMITS.queuePairs) return fail('param', 'queue-pairs');
  if (txQueue !== rxQueue) return fail('param', 'queue-ids');
  if (queues > vf.queues) return fail('param', 'queue-pairs');
  return done();
}

/** Rule VCH-06: the receive queues that run are those that have descriptors. */
function enableQueues({ vf }: VfView, [rx = '', tx = '']: readonly string[], enable: boolean): VirtchnlAnswer {
  const [rxQueues, txQueues] = [Number(rx), Number(tx)];
  const isBitmap = (bits: number) => Number.isInteger(bits) && bits >= 0 && bits < 2 ** VIRTCHNL_LIMITS.queuePairs;
  if (!isBitmap(rxQueues) || !isBitmap(txQueues) || (rxQueues | txQueues) === 0) return fail('param', 'queue-selection');
  const enabled = enable ? vf.enabledQueues | rxQueues : vf.enabledQueues & ~rxQueues;
  if (enabled === vf.enabledQueues) return done();
  return done('', [{ type: 'QueuesEnabled', data: { queues: vf.queues, enabled } }]);
}

/** Rule VCH-07. */
function requestQueues(view: VfView, [text = '']: readonly string[]): VirtchnlAnswer {
  const asked = Number(text);
  if (!Number.isInteger(asked) || asked < 1) return fail('param', 'queue-pairs');
  const { queues } = view.vf;
  if (asked > VIRTCHNL_LIMITS.queuePairs) return done(String(VIRTCHNL_LIMITS.queuePairs));
  if (asked - queues > view.queuesLeft) return done(String(queues + view.queuesLeft));
  return {
    retval: null,
    detail: '',
    effects: [
      { type: 'VfResetRequired', data: { reason: 'reset-impending' } },
      ...resetEffects(view, 'queues'),
      { type: 'QueuesEnabled', data: { queues: asked, enabled: 0 } },
    ],
  };
}

/** Rule VCH-08. */
function configureTable({ vf }: VfView, [table = '']: readonly string[]): VirtchnlAnswer {
  if (!isBytes(table) || table.length !== VIRTCHNL_LIMITS.rssTableEntries * 2) return fail('param', 'table-length');
  const entries = (table.match(/../g) ?? []).map((entry) => Number.parseInt(entry, 16));
  if (entries.some((queue) => queue >= vf.queues)) return fail('param', 'queue');
  return done('', [{ type: 'VfRssChanged', data: { key: vf.rssKey, table } }]);
}

function isBytes(text: string): boolean {
  return /^([0-9a-f]{2})*$/.test(text);
}
