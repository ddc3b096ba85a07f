/**
 * Snapshots on their way: in pieces, because brokers refuse messages above 1 MB, keyed so that compaction keeps the pieces of the
 * newest one. Pieces that an earlier, longer snapshot left behind belong to no complete snapshot; snapshot-assembly.ts ignores
 * them.
 */
import type { Producer } from 'kafkajs';
import { encodePiece, type SnapshotPiece, type StoredSnapshot } from '../../model/events/codec-snapshot.ts';
import type { KafkaConnection } from './client.ts';
import { asBuffer } from './message.ts';

export const PIECE_BYTES_MAX = 900_000;

export interface SnapshotSender {
  /** When it resolves, this is the newest snapshot of its kind of the lab for all mirrors. */
  send(snapshot: StoredSnapshot): Promise<void>;
  close(): Promise<void>;
}

export async function openSnapshotSender(connection: KafkaConnection): Promise<SnapshotSender> {
  const producer = connection.idempotentProducer();
  await producer.connect();
  return {
    send: (snapshot) => sendPieces(connection, producer, snapshot),
    close: () => producer.disconnect(),
  };
}

async function sendPieces(connection: KafkaConnection, producer: Producer, snapshot: StoredSnapshot): Promise<void> {
  const partition = connection.partitionOf(snapshot.lab);
  for (const piece of piecesOf(snapshot)) {
    const key = `${snapshot.lab}|${snapshot.kind}|${piece.piece}`;
    const messages = [{ partition, key, value: asBuffer(encodePiece(piece)) }];
    await producer.send({ topic: connection.topics.snapshots, messages, acks: -1 });
  }
}

/** A snapshot cut up; one of no bytes is one piece. */
export function piecesOf(snapshot: StoredSnapshot): readonly SnapshotPiece[] {
  const pieces = Math.max(1, Math.ceil(snapshot.bytes.length / PIECE_BYTES_MAX));
  return Array.from({ length: pieces }, (_, piece) => ({
    ...snapshot,
    bytes: snapshot.bytes.subarray(piece * PIECE_BYTES_MAX, (piece + 1) * PIECE_BYTES_MAX),
    piece,
    pieces,
  }));
}
