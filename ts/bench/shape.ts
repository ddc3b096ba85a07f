/** What the forwarding benchmark forwards through, the same for every implementation. */
export interface Shape {
  readonly kind: 'switch' | 'vswitch' | 'router';
  /** Of the device; a power of two, at most 64. */
  readonly ports: number;
  /** Addresses in use, a power of two, at most 65,536; a vSwitch has one per port. */
  readonly stations: number;
}

/** An implementation under measurement: it polls ports in turn, and says what it has delivered since it was made. */
export interface Forwarder {
  polls(polls: number, burst: number): void;
  result(): Delivered;
}

export interface Delivered {
  readonly frames: number;
  /** Of every delivered frame's number, port and VLAN, in order. */
  readonly digest: number;
  readonly dropped: number;
}

/** VLAN of a switch's ports. */
export const ACCESS_VLAN = 10;
/** Address of station 0; the others follow. */
export const STATION_MAC = 0x0200_0000_0000;
/** A minimal frame without its check sequence. */
export const FRAME_BYTES = 60;
/** State of the tester's random numbers at the start (xorshift32). */
export const SEED = 0x9e3779b9;
