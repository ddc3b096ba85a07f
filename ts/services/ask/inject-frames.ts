/**
 * Real frames into a recorded lab: they arrive at an interface as if its cable had brought them, at their own distances in
 * time, from the end of the lab's history on. They are inputs: recorded, and re-executed like everything else.
 */
import { NoSuchInterface } from '../../capture/lab-capture.ts';
import type { Input } from '../../engine/input.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { LabEvent, ReceivedFrame } from '../../model/events/events.ts';
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import { type DriveResult, drive } from '../engine/drive.ts';
import { NoSuchLab } from '../living/lab-errors.ts';
import { foldUntil, readAll } from './state-at.ts';

/** One event holds at most this many frames, and at most this many bytes of them (one frame may be longer). */
const FRAMES_PER_EVENT = 64;
const BYTES_PER_EVENT = 64 * 1024;

/** Longer than any frame a port takes, which says so itself (frame-too-long), and short enough for the data plane's door. */
export const FRAME_BYTES_MAX = 128 * 1024;

export interface InjectRequest {
  /** "node:interface". */
  readonly at: string;
  /** Frames in time order, `atNs` counted from the first. */
  readonly frames: readonly { readonly atNs: number; readonly bytes: Uint8Array }[];
  /** How long the lab runs on after the last frame. */
  readonly settleNs: number;
}

/** A frame that does not even fit through the data plane's door. */
export class FrameTooLong extends Error {
  override readonly name = 'FrameTooLong';
  constructor(number: number, bytes: number) {
    super(`frame ${number} of the capture has ${bytes} bytes; at most ${FRAME_BYTES_MAX} can be injected`);
  }
}

/**
 * Injects frames and lets the lab run on.
 * @throws NoSuchLab, NoSuchInterface, FrameTooLong before anything is recorded.
 */
export async function injectFrames(
  log: EventLog,
  lab: string,
  request: InjectRequest,
  onEvent?: (event: LabEvent) => void,
): Promise<DriveResult> {
  const past = await readAll(log, lab);
  if (past.length === 0) throw new NoSuchLab(lab, await log.labs());
  const { lab: topology, horizonNs } = foldUntil(past, { position: Number.POSITIVE_INFINITY });
  const interfaces = topology?.interfaces.map(endpointOf) ?? [];
  if (!interfaces.includes(request.at)) throw new NoSuchInterface(request.at, interfaces);
  const long = request.frames.findIndex(({ bytes }) => bytes.length > FRAME_BYTES_MAX);
  if (long >= 0) throw new FrameTooLong(long + 1, request.frames[long]?.bytes.length ?? 0);
  const inputs = injectInputs(request, horizonNs);
  return drive({ lab, log, inputs, past, ...(onEvent === undefined ? {} : { onEvent }) });
}

/** The inputs of an injection that begins at `startNs`. */
export function injectInputs({ at, frames, settleNs }: InjectRequest, startNs: number): Input[] {
  const { node, name } = splitEndpoint(at);
  const inputs: Input[] = [];
  let nowNs = startNs;
  const advance = (toNs: number): void => {
    if (toNs > nowNs) inputs.push({ type: 'TimeAdvanced', data: { toNs } });
    nowNs = Math.max(nowNs, toNs);
  };
  for (const group of groups(frames)) {
    const firstNs = startNs + (group[0]?.atNs ?? 0);
    advance(firstNs);
    const received: ReceivedFrame[] = group.map((frame) => ({ afterNs: startNs + frame.atNs - firstNs, bytes: frame.bytes }));
    inputs.push({ type: 'FramesReceived', data: { node, interface: name, frames: received } });
  }
  advance(startNs + (frames.at(-1)?.atNs ?? 0) + settleNs);
  // Once more, at the end itself: it carries the checkpoint.
  inputs.push({ type: 'TimeAdvanced', data: { toNs: nowNs } });
  return inputs;
}

function* groups(frames: InjectRequest['frames']): Generator<InjectRequest['frames'][number][]> {
  let group: InjectRequest['frames'][number][] = [];
  let bytes = 0;
  for (const frame of frames) {
    if (group.length === FRAMES_PER_EVENT || (group.length > 0 && bytes + frame.bytes.length > BYTES_PER_EVENT)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(frame);
    bytes += frame.bytes.length;
  }
  if (group.length > 0) yield group;
}
