/**
 * Zones and policies. A policy allows, denies or resets new sessions from zones to zones; the first that fits decides. Without one, a session
 * within a zone is allowed, and one between zones is denied (PAN-OS: intrazone-default, interzone-default).
 *
 * A zone is a bit of a word. An interface in no zone has the zone 0: nothing that goes in or out there can open a session.
 */
import { ACTION_ALLOW, ACTION_DENY, ANY_PROTOCOL, POLICY_BYTES } from '../memory/session-layout';
import { SessionTable } from './record';
import { Tuple } from './tuple';

@unmanaged
export class Policy {
  /** Zones, one bit each. */
  from: u32;
  to: u32;
  source: u32;
  sourceMask: u32;
  destination: u32;
  destinationMask: u32;
  protocol: u32;
  firstPort: u32;
  lastPort: u32;
  action: u32;
}
if (offsetof<Policy>() > <usize>POLICY_BYTES) ERROR('Policy does not fit its slot');

/** What a policy decided: ACTION_*, and the policy's number plus 1 in the upper half; 0 there for a default. */
export const DECIDED_BY_SHIFT: u32 = 16;
export const ACTION_MASK: u32 = 0xffff;

// inline
function policyAt(table: SessionTable, index: u32): Policy {
  return changetype<Policy>(<usize>(table.policiesAt + index * POLICY_BYTES));
}

/** The next policy, empty; null when the table has all that it was made for. */
export function nextPolicy(table: SessionTable): Policy | null {
  return table.policyCount < table.policyMax ? policyAt(table, table.policyCount++) : null;
}

/** Zone of an interface, from 1; 0 for none. */
export function zoneOf(table: SessionTable, port: u32): u32 {
  return load<u8>(table.zonesAt + port - table.firstPort);
}

export function setZone(table: SessionTable, port: u32, zone: u32): void {
  store<u8>(table.zonesAt + port - table.firstPort, <u8>zone);
}

/** What happens to a session that such a packet would open from one zone to another. */
export function decide(table: SessionTable, tuple: Tuple, from: u32, to: u32): u32 {
  if (from === 0 || to === 0) return ACTION_DENY;
  const source = <u32>(tuple.addresses >> 32);
  const destination = <u32>tuple.addresses;
  const count = table.policyCount;
  let policy = policyAt(table, 0);
  for (let index: u32 = 0; index < count; index++) {
    // One by one: of conditions joined the compiler makes a number first.
    if (((policy.from >> from) & (policy.to >> to) & 1) !== 0) {
      if ((source & policy.sourceMask) === policy.source) {
        if ((destination & policy.destinationMask) === policy.destination) {
          if (fitsService(policy, tuple)) return policy.action | ((index + 1) << DECIDED_BY_SHIFT);
        }
      }
    }
    policy = changetype<Policy>(changetype<usize>(policy) + POLICY_BYTES);
  }
  return from === to ? ACTION_ALLOW : ACTION_DENY;
}

/** Whether a policy is for a packet's protocol and destination port. */
function fitsService(policy: Policy, tuple: Tuple): bool {
  if (policy.protocol === ANY_PROTOCOL) return true;
  if (policy.protocol !== tuple.protocol) return false;
  const port = tuple.ports & 0xffff;
  return port >= policy.firstPort && port <= policy.lastPort;
}
