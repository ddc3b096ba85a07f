/**
 * Commands, as people type them: one line of words, the same in a lab file's `steps`, on the command line and in the log.
 *
 * This file is the grammar only. What a command does, and why it may be refused, is decided by the engine.
 */
import type { Endpoint, NodeName } from './lab.ts';
import { type Mac, parseMac } from './mac.ts';

export type PolicySetting = 'promiscuous' | 'mac-changes' | 'forged-transmits';

export type Command =
  | { readonly verb: 'crash'; readonly node: NodeName }
  | { readonly verb: 'power-on'; readonly node: NodeName }
  | { readonly verb: 'link'; readonly endpoint: Endpoint; readonly up: boolean }
  /** `interface` is null for the whole switch. */
  | {
      readonly verb: 'set';
      readonly node: NodeName;
      readonly interface: string | null;
      readonly setting: PolicySetting;
      readonly accept: boolean;
    }
  | { readonly verb: 'commit'; readonly node: NodeName; readonly useHypervisorMac: boolean }
  /** The hypervisor gives a vNIC another MAC (rule MAC-10). */
  | { readonly verb: 'edit-mac'; readonly endpoint: Endpoint; readonly mac: Mac }
  /** The guest sets its vNIC's effective MAC (rules VSW-10 to VSW-12). */
  | { readonly verb: 'guest-mac'; readonly endpoint: Endpoint; readonly mac: Mac }
  | { readonly verb: 'license'; readonly node: NodeName; readonly vmMacBase: Mac }
  | { readonly verb: 'ha-process'; readonly node: NodeName; readonly running: boolean };

/** What each verb looks like; shown when a command cannot be read. */
export const COMMAND_USAGE: readonly string[] = [
  'crash NODE',
  'power-on NODE',
  'link up|down NODE:INTERFACE',
  'set VSWITCH[:PORT] promiscuous|mac-changes|forged-transmits accept|reject',
  'commit FIREWALL use-hypervisor-mac on|off',
  'edit-mac NODE:INTERFACE MAC',
  'guest-mac NODE:INTERFACE MAC',
  'license FIREWALL MAC-BASE',
  'ha-process FIREWALL stop|start',
];

export type ParsedCommand = { readonly command: Command } | { readonly error: string };

/** Reads one command line. Names are not looked up here. */
export function parseCommand(text: string): ParsedCommand {
  const words = text.trim().split(/\s+/);
  const verb = words[0] ?? '';
  // Own verbs only: "constructor" is a word every object knows, and no command.
  const parse = Object.hasOwn(PARSERS, verb) ? PARSERS[verb] : undefined;
  const command = parse?.(words.slice(1)) ?? null;
  if (command !== null) return { command };
  const known = COMMAND_USAGE.filter((usage) => usage.split(' ')[0] === verb);
  const expected = known.length > 0 ? known : COMMAND_USAGE;
  return { error: `"${text}" is not a command; expected ${expected.join(' | ')}` };
}

const SETTINGS: readonly string[] = ['promiscuous', 'mac-changes', 'forged-transmits'];

const PARSERS: Readonly<Record<string, (words: readonly string[]) => Command | null>> = {
  crash: (words) => withNode(words, 1, (node) => ({ verb: 'crash', node })),
  'power-on': (words) => withNode(words, 1, (node) => ({ verb: 'power-on', node })),
  link: ([state, endpoint = '', ...rest]) => {
    const up = oneOf(state, 'up', 'down');
    return up === null || !isEndpoint(endpoint) || rest.length > 0 ? null : { verb: 'link', endpoint, up };
  },
  set: ([target = '', setting = '', verdict, ...rest]) => {
    const accept = oneOf(verdict, 'accept', 'reject');
    const [node = '', port = null, ...more] = target.split(':');
    if (accept === null || !SETTINGS.includes(setting) || node === '' || port === '' || more.length + rest.length > 0) return null;
    return { verb: 'set', node, interface: port, setting: setting as PolicySetting, accept };
  },
  commit: (words) =>
    withNode(words, 3, (node) => {
      const on = oneOf(words[2], 'on', 'off');
      return on === null || words[1] !== 'use-hypervisor-mac' ? null : { verb: 'commit', node, useHypervisorMac: on };
    }),
  'edit-mac': (words) => withMac(words, (endpoint, mac) => ({ verb: 'edit-mac', endpoint, mac })),
  'guest-mac': (words) => withMac(words, (endpoint, mac) => ({ verb: 'guest-mac', endpoint, mac })),
  license: (words) =>
    withNode(words, 2, (node) => {
      const vmMacBase = parseMac(words[1] ?? '');
      return vmMacBase === null ? null : { verb: 'license', node, vmMacBase };
    }),
  'ha-process': (words) =>
    withNode(words, 2, (node) => {
      const running = oneOf(words[1], 'start', 'stop');
      return running === null ? null : { verb: 'ha-process', node, running };
    }),
};

function withNode(words: readonly string[], count: number, make: (node: NodeName) => Command | null): Command | null {
  const node = words[0] ?? '';
  return words.length !== count || node === '' || node.includes(':') ? null : make(node);
}

function withMac(words: readonly string[], make: (endpoint: Endpoint, mac: Mac) => Command): Command | null {
  const [endpoint = '', text = '', ...rest] = words;
  const mac = parseMac(text);
  return mac === null || !isEndpoint(endpoint) || rest.length > 0 ? null : make(endpoint, mac);
}

function oneOf(word: string | undefined, yes: string, no: string): boolean | null {
  return word === yes ? true : word === no ? false : null;
}

function isEndpoint(text: string): boolean {
  return /^[^:]+:[^:]+$/.test(text);
}
