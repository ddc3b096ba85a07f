/**
 * What a picture shows of a moment: nodes, ports and links with their state, no coordinates. `graph -f json` prints it; SVG, Mermaid and
 * DOT are made from it.
 */
import type { Position } from '../model/events/events.ts';
import type { Endpoint, NodeName } from '../model/lab/endpoint.ts';
import type { InterfaceMode } from '../model/lab/interfaces.ts';
import type { Impairment } from '../model/lab/links.ts';
import type { NodeKind } from '../model/lab/nodes.ts';
import type { HaState } from '../model/state/ha-state.ts';
import type { InterfaceState } from '../model/state/interface-state.ts';
import type { FunctionState } from '../model/state/vf-state.ts';

/** Frames that died at one place for one reason and by one cause, up to the moment. */
export interface SceneDrop {
  readonly reason: string;
  readonly cause: Position;
  readonly frames: number;
}

export interface ScenePort {
  readonly name: string;
  readonly mode: InterfaceMode;
  /** 0 untagged; 1 to 4094; 4095 for a trunk. */
  readonly vlan: number;
  /** It has carrier, and its node power. */
  readonly isUp: boolean;
  /** What its switch, or the PF of its NIC, makes of it. */
  readonly status: InterfaceState['portState'] | FunctionState['status'];
  /** MAC that it uses; '' where it has none. */
  readonly mac: string;
  /** vSwitch: the uplink in use. */
  readonly isActiveUplink: boolean;
  /** The aggregate it is a member of; '' for none. */
  readonly aggregate: string;
  /** Tags of its subinterfaces, sorted. */
  readonly tags: readonly number[];
  /** Letters of followed MACs (`Scene.macs`): the one it uses, and those that its switch believes to be behind it. */
  readonly uses: string;
  readonly believes: readonly string[];
  readonly drops: readonly SceneDrop[];
}

export interface SceneNode {
  readonly name: NodeName;
  readonly kind: NodeKind;
  /** Its hypervisor at this moment; null for what stands by itself. */
  readonly on: NodeName | null;
  readonly isRunning: boolean;
  /** Role in its HA pair; null for a node without one. */
  readonly role: HaState['state'] | null;
  /** Where a guest that is on its way goes; '' for one that stays. */
  readonly movesTo: NodeName;
  readonly ports: readonly ScenePort[];
  /** Interfaces that are not drawn: ports and VFs without a cable, subinterfaces, aggregates. */
  readonly otherPorts: number;
  /** Drops at the node itself and at interfaces that are not drawn. */
  readonly drops: readonly SceneDrop[];
}

/** One direction of a link. */
export interface SceneLine {
  /** Null where the line does nothing to frames. */
  readonly impairment: Impairment | null;
  /** Bits per second on the line over the time before the moment; null where no counters were read. */
  readonly loadBps: number | null;
}

export interface SceneLink {
  /** Number in the lab's definition. */
  readonly link: number;
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** False for the cable of a device that its guest does not have, or of a place that its guest is not at. */
  readonly isPlugged: boolean;
  readonly isUp: boolean;
  /** The VLAN of its frames, where both ends leave no doubt; 0 untagged or several. */
  readonly vlan: number;
  /** 0 is unlimited. */
  readonly rateBps: number;
  readonly fromA: SceneLine;
  readonly fromB: SceneLine;
}

/** A MAC that the picture follows. */
export interface SceneMac {
  /** A to Z, the same at every moment of a lab. */
  readonly letter: string;
  readonly mac: string;
  /** Interfaces that use it now. */
  readonly usedBy: readonly Endpoint[];
}

export interface Scene {
  readonly position: Position;
  readonly atNs: number;
  readonly nodes: readonly SceneNode[];
  readonly links: readonly SceneLink[];
  /** VLANs of the lab, sorted; a colour each. */
  readonly vlans: readonly number[];
  readonly macs: readonly SceneMac[];
}
