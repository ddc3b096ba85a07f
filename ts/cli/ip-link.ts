/**
 * An SR-IOV NIC as `ip link show` shows it: the lines of iproute2 (ip/ipaddress.c, `print_linkinfo` and `print_vfinfo`), in their order and
 * spelling, so that what people compare with a host can be compared.
 *
 * The address in the line of a VF is the one the PF has for it, set by the administrator or chosen by the VF (ixgbe_sriov.c,
 * `ixgbe_ndo_get_vf_config`: `vf_mac_addresses`; i40e_virtchnl_pf.c, `i40e_ndo_get_vf_config`: `default_lan_addr`). Which of the two it is
 * the real line cannot say: a second line has the administrative MAC, where there is one, and all else that iproute2 leaves out.
 */
import type { PublishedNic } from '../services/publish/publish-nic.ts';
import { count, counted, paint } from './output.ts';

type PublishedVf = PublishedNic['vfs'][number];

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const NO_MAC = '00:00:00:00:00:00';

export function ipLinkText(nic: PublishedNic): string {
  return [...pfLines(nic), ...nic.vfs.flatMap((vf) => [vfLine(vf), `             ${besides(vf)}`])].join('\n');
}

function pfLines({ node, model, power, bridgeMode, linkMbps, pf }: PublishedNic): string[] {
  const isUp = power === 'running';
  const hasCarrier = isUp && pf.state === 'up';
  const flags = [
    ...(isUp && !hasCarrier ? ['NO-CARRIER'] : []),
    'BROADCAST',
    'MULTICAST',
    ...(pf.promiscuous ? ['PROMISC'] : []),
    ...(isUp ? ['UP'] : []),
    ...(hasCarrier ? ['LOWER_UP'] : []),
  ];
  const user = pf.user === '' ? [] : [`used by ${pf.user}`];
  return [
    `${node}:${pf.interface}: <${flags.join(',')}> mtu ${pf.mtu} state ${hasCarrier ? 'UP' : paint('bad', 'DOWN')}`,
    `    link/ether ${pf.mac || NO_MAC} brd ${BROADCAST}`,
    `    ${[model.toUpperCase(), `${count(linkMbps)} Mbit/s`, bridgeMode, ...user].join(', ')}`,
  ];
}

/** The MAC that the PF has for a VF, and what the administrator set, as iproute2 prints it: port VLAN, priority and rates only where they are set. */
function vfLine(vf: PublishedVf): string {
  return [
    `    vf ${vf.vf}     link/ether ${vf.effectiveMac || NO_MAC} brd ${BROADCAST}`,
    ...(vf.portVlan === 0 ? [] : [`vlan ${vf.portVlan}`]),
    ...(vf.qos === 0 ? [] : [`qos ${vf.qos}`]),
    ...(vf.maxTxRate === 0 ? [] : [`tx rate ${vf.maxTxRate} (Mbps)`, `max_tx_rate ${vf.maxTxRate}Mbps`]),
    ...(vf.minTxRate === 0 ? [] : [`min_tx_rate ${vf.minTxRate}Mbps`]),
    `spoof checking ${onOff(vf.spoofCheck)}`,
    `link-state ${vf.linkState}`,
    `trust ${onOff(vf.trusted)}`,
    `query_rss ${onOff(vf.queryRss)}`,
  ].join(', ');
}

/** The effective state: who has the VF, whether it is ready, its administrative MAC, further addresses it receives. */
function besides(vf: PublishedVf): string {
  const others = vf.addresses.filter((mac) => mac !== vf.effectiveMac);
  const modes = [...(vf.promiscuous ? ['all unicast'] : []), ...(vf.allMulticast ? ['all multicast'] : [])];
  const vlans = vf.vlans.filter((vid) => vid !== 0 && vid !== vf.portVlan);
  return [
    vf.guest || 'unused',
    vf.status === 'ready' ? 'ready' : paint('bad', vf.status),
    ...(vf.adminMac === '' ? [] : [`administrative MAC ${vf.adminMac}`]),
    ...(others.length === 0 ? [] : [`also ${others.join(' ')}`]),
    ...(vlans.length === 0 ? [] : [`VLANs ${vlans.join(' ')}`]),
    ...(modes.length === 0 ? [] : [`receives ${modes.join(' and ')}`]),
    ...(vf.spoofCheckSuspended ? [paint('warn', 'spoof check suspended')] : []),
    ...(vf.toldMbps === 0 || vf.status !== 'ready' ? [] : [`link speed reported to the VF: ${count(vf.toldMbps)} Mbit/s`]),
    ...(vf.withheldCapabilities.length === 0 ? [] : [paint('warn', `without ${vf.withheldCapabilities.join(' ')}`)]),
    ...(vf.maliciousEvents === 0 ? [] : [paint('warn', counted(vf.maliciousEvents, 'malicious-driver event'))]),
    counted(vf.queues, 'queue'),
  ].join(', ');
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
