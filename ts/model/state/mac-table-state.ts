/** The tables of addresses of DPDK ports (rule DPK-08), folded from events: what each has in its slots from 1 on. */
import { named } from '../../values/named.ts';
import { type Endpoint, endpointOf } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

export interface MacTableStates {
  /** By interface, then by slot. */
  macTables: Record<Endpoint, Record<string, string>>;
}

/** Ports that the file gives a table; a firewall fills it when it starts. */
export function defineMacTables(state: MacTableStates, lab: Lab): void {
  for (const iface of lab.interfaces) if (iface.macs !== undefined) state.macTables[endpointOf(iface)] = named();
}

export const MAC_TABLE_EVOLVERS: Evolvers<MacTableStates> = {
  DpdkMacTableChanged: (state, { node, interface: name, op, mac, slot, result }) => {
    const table = state.macTables[`${node}:${name}`];
    if (table === undefined || result !== '0' || slot === 0) return;
    if (op === 'add') table[slot] = mac;
    else delete table[slot];
  },
};
