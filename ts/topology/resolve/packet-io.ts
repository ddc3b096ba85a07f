/** What a file says of a firewall's packet I/O: mode, native drivers, and the virtual NIC of each interface (rules IOM-01 to IOM-03, DRV-06). */
import {
  DEFAULT_PROFILE,
  NATIVE_PROFILES,
  type NativeDrivers,
  type NativeProfile,
  referencesOf,
} from '../../model/hardware/driver-matrix.ts';
import type { Platform } from '../../model/hardware/platforms.ts';
import { OWN_VNIC, type VirtualNic } from '../../model/hardware/vnic.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Firewall } from '../../model/lab/nodes.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';
import type { RawNativeDrivers } from '../draft/raw-drivers.ts';

/** The keys of a firewall's packet I/O; those that the file does not say are absent. */
export function packetIoOf(
  draft: Draft,
  node: DraftNode,
  platform: Platform,
): Pick<Firewall, 'packetIo' | 'haMode' | 'nativeDrivers'> {
  const { raw } = node;
  const haMode = raw['ha-mode'];
  if (haMode !== undefined && platform !== 'aws') {
    const message = `ha-mode applies only to AWS; ${node.name} runs on ${platform}`;
    draft.errorAtKey(draft.where(node, 'ha-mode'), message, { rule: 'IOM-03', remedy: 'remove ha-mode' });
  }
  const native = raw['native-drivers'];
  return {
    packetIo: raw['packet-io'] ?? 'dpdk',
    ...(haMode !== undefined && { haMode }),
    ...(native !== undefined && { nativeDrivers: nativeDriversOf(native) }),
  };
}

/** A profile by name, or one with other versions: a DPDK release brings its references, and versions said by name win over both. */
function nativeDriversOf(raw: NativeProfile | RawNativeDrivers): NativeDrivers {
  if (typeof raw === 'string') return NATIVE_PROFILES[raw];
  const profile: NativeDrivers = NATIVE_PROFILES[raw.profile ?? DEFAULT_PROFILE];
  const dpdkRelease = raw['dpdk-release'] ?? profile.dpdkRelease;
  const dpdk = raw['dpdk-release'] === undefined ? profile.dpdk : referencesOf(dpdkRelease);
  return { dpdkRelease, mmap: { ...profile.mmap, ...stated(raw.mmap) }, dpdk: { ...dpdk, ...stated(raw.dpdk) } };
}

/** The versions that a file states, by driver. */
function stated(versions: RawNativeDrivers['mmap'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(versions).flatMap(([driver, version]) => (version === undefined ? [] : [[driver, version]])),
  );
}

/** The virtual NIC an interface declares; nothing where it is the platform's own. */
export function vnicOf(draft: Draft, node: DraftNode, name: string): Pick<LabInterface, 'vnic'> {
  const declared = node.raw.interfaces?.[name] ?? {};
  for (const property of ['nic', 'accelerated'] as const) {
    if (declared[property] === undefined || node.kind === 'firewall') continue;
    draft.errorAtKey(
      draft.where(node, 'interfaces', name, property),
      `a ${node.kind} has no property "${property}"; it is a property of firewalls`,
    );
  }
  const vnic: VirtualNic = { model: declared.nic ?? null, accelerated: flagOf(declared.accelerated, true) };
  return vnic.model === OWN_VNIC.model && vnic.accelerated ? {} : { vnic };
}

/** Once it is known what is linked to what: a device has the driver of its NIC, and acceleration is Azure's. */
export function checkVnics(draft: Draft): void {
  for (const iface of draft.interfaces.values()) {
    if (iface.vnic === undefined) continue;
    const endpoint = endpointOf(iface);
    if (iface.vnic.model !== null) checkModel(draft, endpoint);
    if (!iface.vnic.accelerated) checkAcceleration(draft, endpoint, iface.node);
  }
}

function checkModel(draft: Draft, endpoint: Endpoint): void {
  const device = draft.interfaces.get(draft.peers.get(endpoint) ?? '');
  if (device?.mode !== 'pf' && device?.mode !== 'vf') return;
  const message = `${endpoint} is ${endpointOf(device)}, and the device determines its driver`;
  draft.errorAtKey([...draft.whereInterface(endpoint), 'nic'], message, { rule: 'DRV-01', remedy: 'remove nic' });
}

function checkAcceleration(draft: Draft, endpoint: Endpoint, firewall: string): void {
  const node = draft.resolved.get(firewall);
  const host = node !== undefined && 'on' in node && node.on !== null ? draft.resolved.get(node.on) : undefined;
  if (host?.kind !== 'hypervisor' || host.platform === 'azure') return;
  const message = `accelerated applies only to Azure; ${firewall} runs on ${host.platform}`;
  draft.errorAtKey([...draft.whereInterface(endpoint), 'accelerated'], message, { rule: 'IOM-02', remedy: 'remove accelerated' });
}
