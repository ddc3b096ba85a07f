/**
 * Storms: a learning switch that floods more frames than a network at peace ever needs, mostly because frames go round a loop.
 *
 * Decision someone may dispute: the measure is 10,000 flooded frames within one virtual second, whatever the lines carry. Storm
 * control of physical switches is set to about 1 % of a line, which is 14,880 frames per second of a line of 1 Gbit/s. Only flooded
 * frames are counted: a loop multiplies those, and known unicast at any rate is traffic.
 */
import { Buffer } from '../frame/buffer';
import { puntStorm } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { header } from '../memory/region';

/** Counts a frame that a switch floods; the one that makes it a storm is reported, once per window. */
export function countFlooded(node: Node, index: u32, buffer: Buffer): void {
  const nowNs = header().nowNs;
  if (nowNs - node.stormSinceNs >= <u64>L.STORM_WINDOW_NS) {
    node.stormSinceNs = nowNs;
    node.stormFrames = 0;
  }
  if (++node.stormFrames !== <u32>L.STORM_FRAMES) return;
  const tookNs = max<u64>(1, nowNs - node.stormSinceNs);
  puntStorm(index, buffer.cause, (<u64>L.STORM_FRAMES * <u64>L.STORM_WINDOW_NS) / tookNs);
}
