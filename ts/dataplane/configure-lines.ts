/** Links into linear memory: two lines each, with what the link and its impairments are. */
import { linkOf } from '../model/lab/attachments.ts';
import { type LabIndex, portOf } from '../model/lab/lab-index.ts';
import { type Impairment, type LabLink, UNIMPAIRED } from '../model/lab/links.ts';
import type { Dataplane } from './dataplane.ts';

export const PS_PER_BIT_SECOND = 8e12;

/** Plugs the cable of a device that was given away or given back (rule PCI-01). Frames on the way arrive where they were sent to. */
export function plugDevice(dataplane: Dataplane, index: LabIndex, device: string, cause: number): void {
  const number = index.links.get(device);
  const link = number === undefined ? undefined : index.lab.links[number];
  if (number !== undefined && link !== undefined) configureLink(dataplane, index, link, number, cause);
}

/** Both lines of a link, as its number among the links says. */
export function configureLink(dataplane: Dataplane, index: LabIndex, link: LabLink, number: number, cause: number): void {
  const a = portOf(index, link.a);
  const b = portOf(index, link.b);
  const { psPerByte, latencyNs, queueNs } = lineOf(link, UNIMPAIRED);
  const seed = BigInt(link.seed ?? number);
  // Two directions, two streams of random numbers.
  const shared = { psPerByte, latencyNs, queueNs, cause };
  dataplane.control.configureLine({ ...shared, id: number * 2, source: a, target: b, seed: seed * 2n });
  dataplane.control.configureLine({ ...shared, id: number * 2 + 1, source: b, target: a, seed: seed * 2n + 1n });
  if (link.impairA) setLine(dataplane, index, link.a, link.impairA, cause);
  if (link.impairB) setLine(dataplane, index, link.b, link.impairB, cause);
}

/** Gives the direction that leaves an interface its impairment, on top of what its link is. */
export function setLine(dataplane: Dataplane, index: LabIndex, endpoint: string, impairment: Impairment, cause: number): void {
  const link = linkOf(index, endpoint);
  if (link === null) return;
  const { psPerByte, latencyNs, queueNs } = lineOf(link, impairment);
  const loss = fractionOf(impairment.lossPpm);
  const corruption = fractionOf(impairment.corruptionPpm);
  const jitterNs = BigInt(impairment.jitterNs);
  dataplane.control.setLine(portOf(index, endpoint), psPerByte, latencyNs, queueNs, jitterNs, loss, corruption, cause);
}

/** Rate in picoseconds per byte (rounded), latency, and the time the queue's bytes take. */
function lineOf(link: LabLink, { delayNs, rateBps }: Impairment): { psPerByte: bigint; latencyNs: bigint; queueNs: bigint } {
  const rate = rateBps === 0 ? link.rateBps : rateBps;
  const psPerByte = rate === 0 ? 0 : Math.round(PS_PER_BIT_SECOND / rate);
  const queueNs = Math.ceil((link.queueBytes * psPerByte) / 1000);
  return { psPerByte: BigInt(psPerByte), latencyNs: BigInt(link.latencyNs + delayNs), queueNs: BigInt(queueNs) };
}

/** Parts per million as a fraction of 2^32; certainty is the largest there is. */
function fractionOf(ppm: number): number {
  return Math.min(0xffff_ffff, Math.round((ppm * 2 ** 32) / 1_000_000));
}
