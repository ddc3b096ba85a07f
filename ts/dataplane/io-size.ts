/** Linear memory that the packet I/O of a node needs: bytes of its arena (asm/io/io.ts), and slots in the event queue. */
import * as C from '../../asm/memory/classifier-layout.ts';
import * as L from '../../asm/memory/layout.ts';
import * as N from '../../asm/memory/nic-layout.ts';

export interface NodeIoSize {
  readonly cores: number;
  /** Cores that have one. */
  readonly flowCaches: number;
  readonly signatureCaches: number;
  readonly classifiers: number;
  /** Ports that have rings or sockets. */
  readonly ports: number;
  readonly rings: number;
  /** Of them, ports with several queues or sockets, or with hash fan-out: each needs a hash. */
  readonly hashes: number;
  /** Descriptors of each transmit ring; 0 for one that only costs. */
  readonly txDescriptors: readonly number[];
  /** Blocks of each packet socket. */
  readonly socketBlocks: readonly number[];
}

/** Bytes of a node's arena. A node that may change its mode reserves the larger of the two. */
export function ioBytes(size: NodeIoSize): number {
  const { cores, flowCaches, signatureCaches, classifiers, ports, rings, hashes, txDescriptors, socketBlocks } = size;
  return (
    L.NODE_IO_BYTES +
    cores * L.CORE_BYTES +
    flowCaches * L.FLOW_CACHE_BYTES +
    signatureCaches * C.SIGNATURE_CACHE_BYTES +
    classifiers * C.CLASSIFIER_BYTES +
    ports * L.PORT_IO_BYTES +
    rings * L.RING_BYTES +
    hashes * wholeLines(N.RSS_BYTES) +
    txDescriptors.reduce((sum, count) => sum + wholeLines(L.TX_BYTES + count * L.TX_DESCRIPTOR_BYTES), 0) +
    socketBlocks.reduce((sum, count) => sum + L.SOCKET_BYTES + count * L.BLOCK_BYTES, 0)
  );
}

/** Slots of a node: one for each core and each socket. */
export function ioSlots({ cores, socketBlocks }: NodeIoSize): number {
  return cores + socketBlocks.length;
}

/** Bytes of a block, rounded up as the data plane aligns blocks of elements and arenas. */
export function wholeLines(bytes: number): number {
  return Math.ceil(bytes / L.CACHE_LINE_BYTES) * L.CACHE_LINE_BYTES;
}
