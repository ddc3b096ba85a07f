/**
 * Commands as the engine reads them from recorded inputs.
 *
 * What does not parse is refused before it is recorded (services/living/lab-commands.ts). Older logs, and requests that reach
 * a Kafka topic by other ways, hold such lines all the same, and their `CommandRefused` is part of the chain: its bytes must
 * come out again when the lab is re-executed. So the reason below is frozen, with the grammar as it stood when refusals still
 * listed it. It does not follow the table: a usage that changes, or a command that is added, changes nothing here.
 */

import { type Command, parseCommand } from './command.ts';

const RECORDED_USAGE: readonly string[] = [
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
  'ip link set NIC:pf vf N [mac MAC] [vlan VID] [qos N] [proto 802.1Q|802.1ad] [max_tx_rate MBPS] [min_tx_rate MBPS] [spoofchk on|off] [query_rss on|off] [state auto|enable|disable] [trust on|off]',
  'ip link set NIC:pf promisc on|off',
  'bridge link set NIC:pf hwmode veb|vepa',
  'sriov_numvfs NIC:pf N',
  'ethtool -s NIC:pf speed MBPS',
  'vf NIC:VF reload|enable|malicious',
  'vf NIC:VF request WORD…',
  'packet-io FIREWALL dpdk|mmap',
  'unplug FIREWALL:INTERFACE',
  'plug FIREWALL:INTERFACE [nic virtio|vmxnet3|netvsc|ena|mlx5|synthetic|e1000|e1000e|rtl8139] [accelerated on|off]',
  'assign NIC:pf|NIC:vfN GUEST:INTERFACE',
  'release NIC:pf|NIC:vfN',
  'migrate GUEST to HYPERVISOR',
];

/** Reads a recorded command; `error` is the reason that its refusal records. */
export function parseRecorded(text: string): { readonly command: Command } | { readonly error: string } {
  const parsed = parseCommand(text);
  return 'command' in parsed ? parsed : { error: recordedRefusal(text) };
}

function recordedRefusal(text: string): string {
  const verb = text.trim().split(/\s+/)[0] ?? '';
  const known = RECORDED_USAGE.filter((usage) => usage.split(' ')[0] === verb);
  const expected = known.length > 0 ? known : RECORDED_USAGE;
  return `"${text}" is not a command; expected ${expected.join(' | ')}`;
}
