/** Members of aggregates, folded from events: which of them are used, and what each knows of its LACP partner. */
import type { Position } from '../events/events.ts';
import { type Endpoint, endpointOf } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { type Evolvers, known } from './evolvers.ts';

export const MEMBER_REASONS = [
  'joined',
  'no-carrier',
  'not-negotiating',
  'partner-silent',
  'not-selected',
  'min-links',
  'partner-not-ready',
] as const;
export const PARTNER_STATES = ['heard', 'expired', 'lost'] as const;

export interface PartnerState {
  system: string;
  systemPriority: number;
  key: number;
  port: number;
  portPriority: number;
  state: (typeof PARTNER_STATES)[number];
}

export interface MemberState {
  /** Whether what it receives is the aggregate's, and whether the aggregate sends by it. */
  isCollecting: boolean;
  isDistributing: boolean;
  reason: (typeof MEMBER_REASONS)[number];
  /** Null before the first LACP frame. */
  partner: PartnerState | null;
  /** Position of the event that last changed it. */
  since: Position;
}

export interface AggregateStates {
  aggregateMembers: Record<Endpoint, MemberState>;
}

/** A static aggregate uses all its members from the start; LACP must agree first. */
export function defineAggregates(state: AggregateStates, { interfaces }: Lab): void {
  for (const { node, aggregate } of interfaces) {
    for (const name of aggregate?.members ?? []) {
      const isStatic = aggregate?.lacp === undefined;
      const reason = isStatic ? 'joined' : 'not-negotiating';
      state.aggregateMembers[endpointOf({ node, name })] = {
        isCollecting: isStatic,
        isDistributing: isStatic,
        reason,
        partner: null,
        since: 1,
      };
    }
  }
}

export const AGGREGATE_EVOLVERS: Evolvers<AggregateStates> = {
  AggregateMemberChanged: (state, data, { position }) => {
    const member = state.aggregateMembers[endpointOf({ node: data.node, name: data.interface })];
    if (member === undefined) return;
    member.isCollecting = data.collecting;
    member.isDistributing = data.distributing;
    member.reason = known(MEMBER_REASONS, data.reason) ?? member.reason;
    member.since = position;
  },
  LacpPartnerChanged: (state, data, { position }) => {
    const member = state.aggregateMembers[endpointOf({ node: data.node, name: data.interface })];
    const heard = known(PARTNER_STATES, data.state);
    if (member === undefined || heard === null) return;
    const { system, systemPriority, key, port, portPriority } = data;
    member.partner = { system, systemPriority, key, port, portPriority, state: heard };
    member.since = position;
  },
};
