/** What a capture file holds, whichever its format: frames, the interfaces they were seen on, and what stopped the reading. */
import type { Mac } from '../values/mac.ts';

/** The link type of Ethernet, in the registry pcap and pcapng share. */
export const LINKTYPE_ETHERNET = 1;

/** What a pcapng file can say about a frame besides its bytes. */
export interface FrameNotes {
  /** One line each in a packet list; at least one, when present. */
  readonly comments?: readonly string[];
  /** As the interface saw it. */
  readonly direction?: 'inbound' | 'outbound';
  /** A number that is the same wherever the same frame was captured. */
  readonly packetId?: number;
  /** Written as the verdict of an XDP program, the one kind of verdict that analysers name. */
  readonly verdict?: 'drop' | 'pass';
  /** Frames lost since the one before, on this interface. */
  readonly dropCount?: number;
}

export interface CaptureInterface {
  readonly name: string;
  readonly description?: string;
  readonly mac?: Mac;
  readonly speedBps?: number;
}

export interface CapturedFrame extends FrameNotes {
  readonly interface: string;
  readonly linkType: number;
  /** Since whatever moment the file counts from. An instant of today does not fit a safe integer, hence the bigint. */
  readonly timestampNs: bigint;
  /** What was kept of the frame. Shares memory with the file's bytes. */
  readonly bytes: Uint8Array;
  /** Its length on the wire. */
  readonly originalLength: number;
  /** Where its record begins in the file. */
  readonly fileOffset: number;
}

/** A capture file that is cut short, damaged or of the wrong kind: where, what stood to be read, and what was found. */
export class CaptureError extends Error {
  readonly fileOffset: number;
  readonly expected: string;
  readonly found: string;

  constructor(fileOffset: number, expected: string, found: string) {
    super(`capture file, byte ${fileOffset}: expected ${expected}, found ${found}`);
    this.name = 'CaptureError';
    this.fileOffset = fileOffset;
    this.expected = expected;
    this.found = found;
  }
}

/** Frames up to the first damage, and the damage. A file that was cut short still delivers what was whole. */
export interface CaptureContents {
  readonly interfaces: readonly (CaptureInterface & { readonly linkType: number })[];
  readonly frames: readonly CapturedFrame[];
  /** Null when the file was read to its end. */
  readonly problem: CaptureError | null;
}

/** The name of an interface whose file gives it none. */
export function unnamedInterface(index: number): string {
  return `interface ${index}`;
}

/** Answers the problem when `read` ends in a CaptureError, null when it ends well. */
export function problemOf(read: () => void): CaptureError | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}
