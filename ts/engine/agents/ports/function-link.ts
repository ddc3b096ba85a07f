/** The link of a NIC's function, as its PF tells it (rules VF-13, VCH-09). */
import { familyOf, forcedUpMbps, WIRE } from '../../../model/hardware/nic.ts';
import type { Endpoint } from '../../../model/lab/endpoint.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { linkMbps } from '../../../model/lab/wire-speed.ts';
import type { Turn } from '../../turn/turn.ts';

/** Rule VF-13: what the VF is told. 10G accepts `enable` and does nothing about it. */
export function isLinkUp({ state }: Turn, nic: Nic, endpoint: Endpoint): boolean {
  const linkState = state.functions[endpoint]?.config.linkState;
  if (linkState === 'disable') return false;
  if (linkState === 'enable' && familyOf(nic.model) === '40g') return true;
  return state.interfaces[`${nic.name}:${WIRE}`]?.isUp ?? false;
}

/** Rule VCH-09: the speed a VF is told, Mbit/s; 0 when its link is down. */
export function toldMbps(turn: Turn, nic: Nic, endpoint: Endpoint): number {
  if (!isLinkUp(turn, nic, endpoint)) return 0;
  const isForced = turn.state.functions[endpoint]?.config.linkState === 'enable';
  const mbps = linkMbps(turn.index.lab, nic, turn.state.nics[nic.name]?.speedMbps ?? 0);
  return isForced ? forcedUpMbps(nic.model, mbps) : mbps;
}
