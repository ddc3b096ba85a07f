/**
 * How long control planes take (rule COST-09). Two of the times have a place in a lab already: that of HA1 is the latency of its cables, that
 * of a cloud's API stands at the pair; there they are defaults.
 *
 * Decision someone may dispute: units whose HA1 ports lead to a switch have half of the time on each cable.
 */
import { type ControlPlane, PUBLISHED_TIMES } from '../../model/lab/control-plane.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { durationOf } from '../draft/draft.ts';
import type { RawLabFile, RawLink } from '../draft/raw.ts';
import { HA1_DEFAULT } from './ha.ts';

type Times = Partial<Record<keyof typeof PUBLISHED_TIMES, Nanos>>;

const NONE = nanos(0);

/** All that a file says of times; what takes none is absent. */
export function timesOf({ 'control-plane': raw = {} }: RawLabFile): Times {
  if (raw === 'published') return PUBLISHED_TIMES;
  const times: Required<Times> = {
    mailboxNs: durationOf(raw['mailbox-request'], NONE),
    vfResetNs: durationOf(raw['vf-reset'], NONE),
    promotionNs: durationOf(raw.promotion, NONE),
    carrierNs: durationOf(raw.carrier, NONE),
    ha1Ns: durationOf(raw.ha1, NONE),
    cloudCallNs: durationOf(raw['cloud-call'], NONE),
  };
  return Object.fromEntries(Object.entries(times).filter(([, ns]) => ns > 0));
}

/** What the lab itself has of them; nothing where that is nothing. */
export function controlPlaneOf(file: RawLabFile): { readonly controlPlane?: ControlPlane } {
  const { ha1Ns: _, cloudCallNs: __, ...controlPlane } = timesOf(file);
  return Object.keys(controlPlane).length === 0 ? {} : { controlPlane };
}

/** The latency of a link that has none of its own; undefined for a link that does not carry HA1. */
export function ha1Latency(file: RawLabFile): (link: RawLink) => Nanos | undefined {
  const { ha1Ns } = timesOf(file);
  const ports = ha1Ports(file);
  return ({ endpoints = [] }) => {
    const carrying = endpoints.filter((end) => ports.has(endpointText(end))).length;
    if (ha1Ns === undefined || carrying === 0) return undefined;
    return carrying === 2 ? ha1Ns : nanos(Math.floor(ha1Ns / 2));
  };
}

/** Ports that carry HA1 or its backup. */
function ha1Ports({ ha = {} }: RawLabFile): ReadonlySet<string> {
  const ports = Object.values(ha).flatMap(({ members = [], 'ha1-backup': backup }) =>
    members.flatMap((member) => [
      `${member?.node}:${member?.ha1 ?? HA1_DEFAULT}`,
      ...(backup === undefined ? [] : [`${member?.node}:${backup}`]),
    ]),
  );
  return new Set(ports);
}

function endpointText(end: NonNullable<RawLink['endpoints']>[number]): string {
  return typeof end === 'object' ? `${end.node}:${end.interface}` : (end ?? '');
}
