/**
 * `show config running`, and `show config diff`: what the next commit changes. Recorded state. Only settings that can change while the
 * lab runs are shown, each as the command that makes it.
 */
import type { Configured } from '../../model/config/setting.ts';
import { pathsOf, sortedPaths, valueAt } from '../../model/config/settings.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import type { Show } from './show.ts';

export interface RunningShown {
  readonly settings: readonly { readonly path: string; readonly value: string }[];
}

export interface DiffShown {
  /** Empty values are none. */
  readonly changes: readonly { readonly path: string; readonly running: string; readonly candidate: string }[];
}

export function configuredAt({ index, recorded }: FirewallAt): Configured {
  return { lab: index.lab, options: recorded.options };
}

export function readRunning(at: FirewallAt): RunningShown {
  const { name } = at.firewall;
  const settings = pathsOf(at.index.lab, name).map((path) => ({ path, value: valueAt(configuredAt(at), name, path) }));
  return { settings: settings.filter(({ value }) => value !== '') };
}

export function readDiff(at: FirewallAt): DiffShown {
  const { name } = at.firewall;
  const candidate = at.recorded.candidates[name] ?? {};
  return {
    changes: sortedPaths(candidate).map((path) => ({
      path,
      running: valueAt(configuredAt(at), name, path),
      candidate: candidate[path] ?? '',
    })),
  };
}

/** As a diff of two listings of `show config running`: lines that a commit takes away and adds. */
function diffText({ changes }: DiffShown): string {
  const line = (sign: string, path: string, value: string): string[] => (value === '' ? [] : [`${sign}${path} ${value}`]);
  return [
    '--- running',
    '+++ candidate',
    ...changes.flatMap(({ path, running, candidate }) => [...line('-', path, running), ...line('+', path, candidate)]),
  ].join('\n');
}

export const SHOW_CONFIG_RUNNING: Show = {
  command: 'show config running',
  isDerived: false,
  answer: (at) => {
    const data = readRunning(at);
    return { data, text: data.settings.map(({ path, value }) => `set ${at.firewall.name} ${path} ${value}`).join('\n') };
  },
};

export const SHOW_CONFIG_DIFF: Show = {
  command: 'show config diff',
  isDerived: false,
  answer: (at) => {
    const data = readDiff(at);
    if (data.changes.length === 0) return `the candidate configuration of ${at.firewall.name} is what runs`;
    return { data, text: diffText(data) };
  },
};
