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
  const { psPerByte, psFraction, latencyNs, queueNs } = lineOf(link, UNIMPAIRED);
  const seed = BigInt(link.seed ?? number);
  // Two directions, two streams of random numbers.
  const shared = { psPerByte, latencyNs, queueNs, cause };
  dataplane.control.configureLine({ ...shared, id: number * 2, source: a, target: b, seed: seed * 2n });
  dataplane.control.configureLine({ ...shared, id: number * 2 + 1, source: b, target: a, seed: seed * 2n + 1n });
  for (const [end, impairment] of [[link.a, link.impairA] as const, [link.b, link.impairB] as const]) {
    if (impairment !== undefined || psFraction !== 0) setLine(dataplane, index, end, impairment ?? UNIMPAIRED, cause);
  }
}

/** Gives the direction that leaves an interface its impairment, on top of what its link is. */
export function setLine(dataplane: Dataplane, index: LabIndex, endpoint: string, impairment: Impairment, cause: number): void {
  const link = linkOf(index, endpoint);
  if (link === null) return;
  const { psPerByte, psFraction, latencyNs, queueNs } = lineOf(link, impairment);
  const loss = fractionOf(impairment.lossPpm);
  const corruption = fractionOf(impairment.corruptionPpm);
  const jitterNs = BigInt(impairment.jitterNs);
  const port = portOf(index, endpoint);
  dataplane.control.setLine(port, psPerByte, psFraction, latencyNs, queueNs, jitterNs, loss, corruption, cause);
}

interface Line {
  /** Whole picoseconds per byte, and the rest in 2^32 parts of one. */
  readonly psPerByte: bigint;
  readonly psFraction: number;
  readonly latencyNs: bigint;
  /** How long the bytes of the queue take. */
  readonly queueNs: bigint;
}

const FRACTIONS = 2 ** 32;

function lineOf(link: LabLink, { delayNs, rateBps }: Impairment): Line {
  const rate = rateBps === 0 ? link.rateBps : rateBps;
  const exact = rate === 0 ? 0 : PS_PER_BIT_SECOND / rate;
  const parts = Math.round((exact % 1) * FRACTIONS);
  const queueNs = Math.ceil((link.queueBytes * exact) / 1000);
  return {
    psPerByte: BigInt(Math.floor(exact) + (parts === FRACTIONS ? 1 : 0)),
    psFraction: parts % FRACTIONS,
    latencyNs: BigInt(link.latencyNs + delayNs),
    queueNs: BigInt(queueNs),
  };
}

/** Parts per million as a fraction of 2^32; certainty is the largest there is. */
function fractionOf(ppm: number): number {
  return Math.min(0xffff_ffff, Math.round((ppm * 2 ** 32) / 1_000_000));
}
