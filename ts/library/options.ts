/** What verbs take: the properties of a lab file (docs/topology.md), with the file's own names and units. */
import type { NodeKind } from '../model/lab/nodes.ts';
import type {
  RawDuration,
  RawEndpoint,
  RawExpectation,
  RawFlow,
  RawHaMember,
  RawHaPair,
  RawInterface,
  RawLink,
  RawNode,
} from '../topology/draft/raw.ts';
import type { KIND_PROPERTIES } from '../topology/schema/node.ts';

/** The properties that nodes of one kind may have. */
export type NodeOptions<K extends NodeKind> = Pick<RawNode, (typeof KIND_PROPERTIES)[K][number] | 'group'>;

/** Of a host. `ipv4` and `mac` stand for those of its first interface, eth0. */
export type HostOptions = NodeOptions<'host'> & Pick<RawInterface, 'ipv4' | 'mac'>;

/** "node:interface", or a node alone: then its next free interface is meant. A map also gives MAC and address. */
export type LinkEnd = RawEndpoint;
export type LinkOptions = Omit<RawLink, 'endpoints'>;
export type FlowOptions = RawFlow;
export type HaPairOptions = Omit<RawHaPair, 'members'>;
export type HaMemberOptions = RawHaMember;

/** What a run must show: one entry of `validate` in a lab file. */
export type LabExpectation = RawExpectation;

/** Of the lab as a whole. */
export interface LabOptions {
  /** Of all chance in the lab: loss, corruption, jitter. Default 0. */
  readonly seed?: number;
  /** Of MACs that are not given. Default 0. */
  readonly 'mac-seed'?: number;
  /** How far `run` goes. Default 60s. */
  readonly duration?: RawDuration;
}
