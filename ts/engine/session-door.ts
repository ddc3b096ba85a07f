/** The session table of a firewall, as a turn gives it to agents. */
import type { Dataplane } from '../dataplane/dataplane.ts';
import type { SessionRow } from '../dataplane/session-row.ts';
import { type LabIndex, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { SessionDoor, SyncedSession } from './turn/session-door.ts';

type Ends = SyncedSession['outward'];

export function sessionDoor({ control }: Dataplane, index: LabIndex, name: string): SessionDoor {
  const node = nodeNumber(index, name);
  return {
    clear: (session, cause) => control.clearSessions(node, session, cause),
    takeUnsynced: (max) => control.takeUnsynced(node, max).map((row) => syncedOf(index, row)),
    get unsynced() {
      return control.readUnsynced(node);
    },
    resync: () => control.resyncSessions(node),
    install: (session, at, cause) => {
      try {
        control.installSession({
          node,
          outward: addressesOf(session.outward),
          outwardPorts: portsOf(session.outward),
          backward: addressesOf(session.backward),
          backwardPorts: portsOf(session.backward),
          protocol: session.protocol,
          state: session.state,
          fins: session.fins,
          leftNs: BigInt(session.leftNs),
          ageNs: BigInt(session.ageNs),
          inPort: portOf(index, at(session.inward)),
          outPort: portOf(index, at(session.outgoing)),
          policy: session.policy,
          cause,
        });
        return true;
      } catch (error) {
        if (isTableFull(error)) return false;
        throw error;
      }
    },
  };
}

/** The bindings throw the code of a refusal as `payload`. */
function isTableFull(error: unknown): boolean {
  return error instanceof Error && (error as { readonly payload?: unknown }).payload === 'table-full';
}

function syncedOf(index: LabIndex, row: SessionRow): SyncedSession {
  const nameOf = (port: number) => index.lab.interfaces[port]?.name ?? '';
  return {
    state: row.state,
    protocol: row.protocol,
    outward: endsOf(row.outward, row.outwardPorts),
    backward: endsOf(row.backward, row.backwardPorts),
    fins: row.fins,
    leftNs: Number(row.leftNs),
    ageNs: Number(row.ageNs),
    inward: nameOf(row.inPort),
    outgoing: nameOf(row.outPort),
    policy: row.policy,
  };
}

function endsOf(addresses: bigint, ports: number): Ends {
  return [Number(addresses >> 32n), ports >>> 16, Number(addresses & 0xffff_ffffn), ports & 0xffff];
}

function addressesOf([source, , destination]: Ends): bigint {
  return (BigInt(source) << 32n) | BigInt(destination);
}

function portsOf([, source, , destination]: Ends): number {
  return ((source << 16) | destination) >>> 0;
}
