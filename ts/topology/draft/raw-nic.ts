/** What a lab file writes about SR-IOV NICs and their VFs (raw.ts). */
import type { VfCapability, VfLinkState } from '../../model/hardware/nic.ts';

type Flag = 'on' | 'off' | boolean;
type Capabilities = readonly (VfCapability | undefined)[];

export interface RawVf {
  readonly mac?: string | undefined;
  readonly qos?: number | undefined;
  readonly trust?: Flag | undefined;
  readonly 'spoof-check'?: Flag | undefined;
  readonly state?: VfLinkState | undefined;
  readonly 'max-tx-rate'?: number | undefined;
  readonly 'query-rss'?: Flag | undefined;
  readonly 'driver-capabilities'?: Capabilities | undefined;
}

export interface RawNic {
  readonly vfs?: number | undefined;
  readonly 'max-vfs'?: number | undefined;
  readonly 'bridge-mode'?: 'veb' | 'vepa' | undefined;
  readonly 'default-pool'?: Flag | undefined;
  readonly 'traffic-classes'?: number | undefined;
  readonly 'driver-version'?: string | undefined;
  readonly 'vf-capabilities'?: Capabilities | undefined;
}
