/**
 * The addresses of a DPDK port (rule DPK-08): slots, of which slot 0 is the default address. Pure: each request gives the table it leaves
 * and the code DPDK answers with.
 *
 * Decision someone may dispute: adding the default address again succeeds and changes nothing, as adding any address that is there does.
 */
import { type Mac, macToNumber } from '../../values/mac.ts';

/** Slots of the API, and those a NIC of 40G or 100G has (i40e_ethdev.h, I40E_NUM_MACADDR_MAX; ice_ethdev.h, ICE_NUM_MACADDR_MAX). */
export const MAC_SLOTS = { api: 128, '40g': 64 } as const;

/** 0, or the negative error of DPDK's API. */
export type MacTableResult = 0 | '-EINVAL' | '-EEXIST' | '-EADDRINUSE' | '-ENOSPC';

export interface MacTable {
  readonly slots: number;
  /** Slot 0. */
  readonly default: Mac;
  /** By slot from 1; null where the slot is free. */
  readonly secondary: readonly (Mac | null)[];
}

export type MacTableRequest =
  | { readonly op: 'add' | 'remove' | 'default_set'; readonly mac: Mac }
  /** By slot: what a driver does when it clears its table. */
  | { readonly op: 'remove'; readonly index: number };

export interface MacTableAnswer {
  readonly result: MacTableResult;
  readonly table: MacTable;
}

export function newMacTable(own: Mac, slots: number = MAC_SLOTS.api): MacTable {
  return { slots, default: own, secondary: Array.from({ length: slots - 1 }, () => null) };
}

/** What a port answers, and its table afterwards; the same table where it refuses. */
export function requestMac(table: MacTable, request: MacTableRequest): MacTableAnswer {
  if (request.op === 'remove') return 'index' in request ? removeSlot(table, request.index) : remove(table, request.mac);
  return request.op === 'add' ? add(table, request.mac) : setDefault(table, request.mac);
}

function refused(table: MacTable, result: MacTableResult): MacTableAnswer {
  return { result, table };
}

/** Multicast addresses have a list of their own; only zeros are refused here. */
function add(table: MacTable, mac: Mac): MacTableAnswer {
  if (macToNumber(mac) === 0) return refused(table, '-EINVAL');
  if (table.default === mac || table.secondary.includes(mac)) return refused(table, 0);
  const free = table.secondary.indexOf(null);
  return free === -1 ? refused(table, '-ENOSPC') : { result: 0, table: withSlot(table, free, mac) };
}

/** What is not there cannot be missed. */
function remove(table: MacTable, mac: Mac): MacTableAnswer {
  if (table.default === mac) return refused(table, '-EADDRINUSE');
  const at = table.secondary.indexOf(mac);
  return { result: 0, table: at === -1 ? table : withSlot(table, at, null) };
}

function removeSlot(table: MacTable, index: number): MacTableAnswer {
  if (index === 0) return refused(table, '-EADDRINUSE');
  return { result: 0, table: index < table.slots ? withSlot(table, index - 1, null) : table };
}

function setDefault(table: MacTable, mac: Mac): MacTableAnswer {
  if (macToNumber(mac) === 0 || isMulticast(mac)) return refused(table, '-EINVAL');
  return table.secondary.includes(mac) ? refused(table, '-EEXIST') : { result: 0, table: { ...table, default: mac } };
}

function withSlot(table: MacTable, at: number, mac: Mac | null): MacTable {
  return { ...table, secondary: table.secondary.map((one, i) => (i === at ? mac : one)) };
}

function isMulticast(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
