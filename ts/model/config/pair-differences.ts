/**
 * What breaks HA: settings in which the units of a pair differ. Without configuration synchronisation a commit at one unit makes them
 * differ until the other follows.
 */
import type { NodeName } from '../lab/endpoint.ts';
import type { Configured } from './setting.ts';
import { ENABLED_PATH, OPTION_PATH, pathsOf, valueAt } from './settings.ts';
import { unitIn } from './unit-setting.ts';

export interface Difference {
  /** For programs. */
  readonly code: string;
  /** The setting. */
  readonly path: string;
  readonly text: string;
}

/** Differences between a unit and its peer, in the order of their settings; none for a firewall that is in no pair. */
export function pairDifferences(configured: Configured, node: NodeName): Difference[] {
  const { lab } = configured;
  const pair = lab.haPairs.find(({ members }) => members.some((member) => member.node === node));
  const peer = pair?.members.find((member) => member.node !== node)?.node;
  if (pair === undefined || peer === undefined || unitIn(lab, node) === null) return [];
  // Without HA the other settings are those of two firewalls.
  const isOff = pair.members.some(({ disabled }) => disabled === true);
  const paths = isOff ? [ENABLED_PATH] : [...new Set([...pathsOf(lab, node), ...pathsOf(lab, peer)])];
  return paths.flatMap((path) => {
    const [own, other] = [valueAt(configured, node, path), valueAt(configured, peer, path)];
    const kind = own === other ? undefined : KINDS.find(({ concerns }) => concerns(path));
    if (kind === undefined) return [];
    const values = `${path} is ${own || 'not set'} at ${node} and ${other || 'not set'} at ${peer}`;
    return [{ code: kind.code, path, text: `${values}: ${kind.breaks}` }];
  });
}

interface Kind {
  readonly code: string;
  readonly concerns: (path: string) => boolean;
  readonly breaks: string;
}

/** Each unit has a priority of its own: units that differ in it are as they should be. */
const KINDS: readonly Kind[] = [
  {
    code: 'ha-enabled-differs',
    concerns: (path) => path === ENABLED_PATH,
    breaks: 'both units answer for the same addresses (HA-01, MAC-05)',
  },
  {
    code: 'mac-option-differs',
    concerns: (path) => path === OPTION_PATH,
    breaks: 'a failover moves the addresses between virtual and assigned MACs (HA-17, HA-20)',
  },
  {
    code: 'group-differs',
    concerns: (path) => path === 'ha/group',
    breaks: 'a unit ignores messages of another group, so both lose their peer and both become active (HA-02, HA-20)',
  },
  {
    code: 'preemptive-differs',
    concerns: (path) => path === 'ha/preemptive',
    breaks: 'no unit preempts the other (HA-14)',
  },
  {
    code: 'timers-differ',
    concerns: (path) => path.startsWith('ha/timers/'),
    breaks: 'the units declare each other lost at different times (HA-04, HA-07)',
  },
  {
    code: 'ha-links-differ',
    // The ends of HA1 may have different names: units are defined with their own.
    concerns: (path) => path !== 'ha/ha1' && /^ha\/(ha1|ha2|heartbeat)/.test(path),
    breaks: 'what one unit sends over a link, the other does not take (HA-02, HA-03)',
  },
  {
    code: 'monitoring-differs',
    concerns: (path) => path.startsWith('ha/link-monitoring/') || path.startsWith('ha/path-monitoring/'),
    breaks: 'a failure that makes one unit give up active leaves the other active (HA-09, HA-10)',
  },
  {
    code: 'passive-links-differ',
    concerns: (path) => path === 'ha/passive-link-state' || path === 'ha/link-bringup',
    breaks: 'a failover takes longer one way than the other (HA-12)',
  },
  {
    code: 'addresses-differ',
    concerns: (path) => path.startsWith('interface/') && path.endsWith('/ipv4'),
    breaks: 'after a failover the network finds other addresses (HA-16)',
  },
  {
    code: 'network-differs',
    concerns: (path) => path.startsWith('interface/') || path.startsWith('route/'),
    breaks: 'after a failover packets go another way, or are dropped (HA-19)',
  },
];
