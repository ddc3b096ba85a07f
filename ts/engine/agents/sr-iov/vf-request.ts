/** Common parts of the answers to a VF's requests: the state that the PF reads, and its actions. */
import type { EventData } from '../../../model/events/events.ts';
import type { NicModel, VfCapability } from '../../../model/hardware/nic.ts';
import type { FunctionState } from '../../../model/state/vf-state.ts';
import type { Mac } from '../../../values/mac.ts';

/** Everything the PF decides a request by. */
export interface VfView {
  readonly model: NicModel;
  readonly vf: Readonly<FunctionState>;
  readonly effectiveMac: string;
  /** How many VFs the NIC has. */
  readonly vfs: number;
  readonly trafficClasses: number;
  readonly pfMtu: number;
  readonly isPfPromiscuous: boolean;
  /** Room for further exact addresses. */
  readonly freeFilters: number;
  /** Queue pairs that no VF has (rule VCH-07). */
  readonly queuesLeft: number;
  /** What the PF's driver can grant (rule VCH-01). */
  readonly capabilities: readonly VfCapability[];
}

type EffectType =
  | 'MacAddressChanged'
  | 'MacAddressRefused'
  | 'PromiscuousChanged'
  | 'QueuesEnabled'
  | 'SpoofCheckSuspended'
  | 'VfCapabilitiesChanged'
  | 'VfDisabled'
  | 'VfFilterChanged'
  | 'VfReceiveModeChanged'
  | 'VfRequestIgnored'
  | 'VfReset'
  | 'VfResetRequired'
  | 'VfRssChanged'
  | 'VfRxDisabled';

/** An event of the VF that follows from a request; its node and interface are added when it is recorded. */
export type Effect = {
  [T in EffectType]: { readonly type: T; readonly data: Omit<EventData[T], 'node' | 'interface'> };
}[EffectType];

/** A function's exact addresses in one order, however its state was stored. */
export function addressesOf({ vf }: VfView): string[] {
  return Object.keys(vf.addresses).sort();
}

/** Rules MBX-03, VCH-03: whether an administrative MAC forbids the VF another. Multicast is never forbidden. */
export function isOverride({ vf, effectiveMac }: VfView, mac: Mac): boolean {
  return vf.config.adminMac !== '' && !vf.config.trusted && mac !== effectiveMac;
}

/** A station's address: not zero, not multicast. */
export function isUnicast(mac: Mac): boolean {
  return mac !== '00:00:00:00:00:00' && !isMulticast(mac);
}

export function isMulticast(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0;
}

export function filter(kind: 'mac' | 'vlan' | 'multicast', value: string, present: boolean): Effect {
  return { type: 'VfFilterChanged', data: { filter: kind, value, present } };
}

export function refused(asked: string, reason: 'admin-mac' | 'invalid'): Effect {
  return { type: 'MacAddressRefused', data: { asked, reason } };
}

export function macChanged(old: string, mac: string): Effect {
  return { type: 'MacAddressChanged', data: { which: 'effective', old, new: mac, cause: 'vf-request' } };
}

/**
 * Rule VCH-02: a reset of 40G leaves the administrative MAC (`mac`) and nothing else; the driver must initialise the VF again.
 */
export function resetEffects(
  view: VfView,
  reason: string,
  mac = view.vf.config.adminMac,
  cause: EventData['MacAddressChanged']['cause'] = 'vf-request',
): Effect[] {
  const { effectiveMac } = view;
  const others = addressesOf(view).filter((one) => one !== mac && one !== effectiveMac);
  const isOther = effectiveMac !== mac;
  return [
    { type: 'VfReset', data: { reason, ready: false } },
    ...others.map((one) => filter('mac', one, false)),
    ...(isOther ? [{ type: 'MacAddressChanged', data: { which: 'effective', old: effectiveMac, new: mac, cause } } as const] : []),
  ];
}

/** A change of what the pool takes besides its addresses; nothing where it is so already. */
export function modeChanged({ vf }: VfView, mode: FunctionState['mode']): Effect[] {
  const keys = ['broadcast', 'multicast', 'allMulticast', 'promiscuous'] as const;
  if (keys.every((key) => vf.mode[key] === mode[key])) return [];
  const effects: Effect[] = [{ type: 'VfReceiveModeChanged', data: mode }];
  const [was, is] = [vf.mode, mode].map(({ allMulticast, promiscuous }) => allMulticast || promiscuous);
  return was === is && vf.mode.promiscuous === mode.promiscuous
    ? effects
    : [{ type: 'PromiscuousChanged', data: { requested: is ?? false } }, ...effects];
}
