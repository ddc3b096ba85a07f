/** An IPv6 router under test: a network behind each port, and every station's address resolved. bench/route6.c has the same. */
import * as L from '../../asm/memory/layout.ts';
import type { ControlDoor } from '../dataplane/dataplane.ts';
import { wholeLines } from '../dataplane/io-size.ts';
import { STATION_MAC, type SwitchShape } from './shape.ts';

const NODE = 0;
const DEFINITION = 1;
/** 2001:db8:0:<port>::/64. */
const NETWORK = 0x2001_0db8_0000_0000n;
const PREFIX = 64;
/** The router's own interface id. */
const OWN = 0xfffen;

/** Each port has an address and a network. */
function routeCount({ ports }: SwitchShape): number {
  return ports * 2;
}

/** Bytes of its routes in the region. */
export function router6Bytes(shape: SwitchShape): number {
  return wholeLines(routeCount(shape) * L.ROUTE6_BYTES);
}

/** Gives node 0 its addresses and neighbours; its ports are configured already. */
export function configureRouter6(control: ControlDoor, shape: SwitchShape): void {
  const { ports, stations } = shape;
  control.configureIpv6(NODE, routeCount(shape));
  for (let port = 0; port < ports; port++) control.addAddress6(port, networkOf(port), OWN, PREFIX);
  for (let station = 0; station < stations; station++) {
    const port = station % ports;
    control.setNeighbour6(port, networkOf(port), BigInt(station), BigInt(STATION_MAC + station), DEFINITION, 0);
  }
}

function networkOf(port: number): bigint {
  return NETWORK + BigInt(port);
}
