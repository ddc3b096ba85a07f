/**
 * Commands, as people type them: one line of words, the same in a lab file's `steps`, on the command line and in the log.
 *
 * This file is the grammar only. What a command does, and why it may be refused, is decided by the engine.
 */

import { type Ipv4, parseIpv4 } from '../../values/ipv4-address.ts';
import { type Mac, parseMac } from '../../values/mac.ts';
import { parseDuration } from '../../values/nanos.ts';
import { parsePercent, parseRate } from '../../values/quantities.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import type { PortSecurity } from '../lab/interfaces.ts';
import type { Impairment } from '../lab/links.ts';
import { isEndpoint, oneOf, readCount, readPairs, type Words } from './command-words.ts';
import { NIC_COMMAND_USAGE, NIC_PARSERS, type NicCommand } from './nic-command.ts';
import { PACKET_IO_COMMAND_USAGE, PACKET_IO_PARSERS, type PacketIoCommand } from './packet-io-command.ts';

export type PolicySetting = 'promiscuous' | 'mac-changes' | 'forged-transmits';

export type Command =
  | NicCommand
  | PacketIoCommand
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
  | { readonly verb: 'ha-process'; readonly node: NodeName; readonly running: boolean }
  /** `change` is merged into what the direction has; null resets it. */
  | { readonly verb: 'impair'; readonly endpoint: Endpoint; readonly change: Partial<Impairment> | null }
  | { readonly verb: 'inspect-arp'; readonly node: NodeName; readonly enabled: boolean }
  /** `mac` is null to remove the binding. */
  | { readonly verb: 'bind'; readonly node: NodeName; readonly ip: Ipv4; readonly mac: Mac | null }
  | { readonly verb: 'secure'; readonly endpoint: Endpoint; readonly change: Partial<PortSecurity> }
  | { readonly verb: 'port'; readonly endpoint: Endpoint; readonly state: 'forwarding' | 'blocked' };

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
  'impair NODE:INTERFACE [delay TIME] [jitter TIME] [loss PERCENT%] [corruption PERCENT%] [rate RATE] | reset',
  'inspect-arp SWITCH on|off',
  'bind SWITCH IP MAC|none',
  'secure SWITCH:PORT [trust on|off] [arp-limit N] [mac-limit N] [violation drop|shutdown]',
  'port NODE:PORT block|unblock',
  ...NIC_COMMAND_USAGE,
  ...PACKET_IO_COMMAND_USAGE,
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
  ...NIC_PARSERS,
  ...PACKET_IO_PARSERS,
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
  impair: ([endpoint = '', ...words]) => {
    if (!isEndpoint(endpoint) || words.length === 0) return null;
    if (words.length === 1 && words[0] === 'reset') return { verb: 'impair', endpoint, change: null };
    const change = readPairs<Impairment>(words, IMPAIRMENT_WORDS);
    return change === null ? null : { verb: 'impair', endpoint, change };
  },
  'inspect-arp': (words) =>
    withNode(words, 2, (node) => {
      const enabled = oneOf(words[1], 'on', 'off');
      return enabled === null ? null : { verb: 'inspect-arp', node, enabled };
    }),
  bind: (words) =>
    withNode(words, 3, (node) => {
      const ip = parseIpv4(words[1] ?? '');
      const mac = words[2] === 'none' ? null : parseMac(words[2] ?? '');
      return ip === null || (mac === null && words[2] !== 'none') ? null : { verb: 'bind', node, ip, mac };
    }),
  secure: ([endpoint = '', ...words]) => {
    const change = words.length === 0 ? null : readPairs<PortSecurity>(words, SECURITY_WORDS);
    return change === null || !isEndpoint(endpoint) ? null : { verb: 'secure', endpoint, change };
  },
  port: ([endpoint = '', word, ...rest]) => {
    const blocked = oneOf(word, 'block', 'unblock');
    if (blocked === null || !isEndpoint(endpoint) || rest.length > 0) return null;
    return { verb: 'port', endpoint, state: blocked ? 'blocked' : 'forwarding' };
  },
};

const IMPAIRMENT_WORDS: Words<Impairment> = {
  delay: { field: 'delayNs', read: parseDuration },
  jitter: { field: 'jitterNs', read: parseDuration },
  loss: { field: 'lossPpm', read: parsePercent },
  corruption: { field: 'corruptionPpm', read: parsePercent },
  rate: { field: 'rateBps', read: parseRate },
};

const SECURITY_WORDS: Words<PortSecurity> = {
  trust: { field: 'trusted', read: (text) => oneOf(text, 'on', 'off') },
  'arp-limit': { field: 'arpPerSecond', read: readCount },
  'mac-limit': { field: 'macLimit', read: readCount },
  violation: { field: 'onViolation', read: (text) => (text === 'drop' || text === 'shutdown' ? text : null) },
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
