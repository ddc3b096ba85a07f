/** Flows into linear memory: as `LabDefined` says, and as commands change them. */
import { interfaceAt, type LabIndex, portOf } from '../model/lab/lab-index.ts';
import type { FlowTimes } from '../model/state/flow-state.ts';
import { type Ipv4, ipv4ToNumber } from '../values/ipv4-address.ts';
import { isIpv6 } from '../values/ipv6-address.ts';
import { halvesOf } from './address-door.ts';
import type { Dataplane } from './dataplane.ts';

const U64_MAX = 0xffff_ffff_ffff_ffffn;

export function configureFlows(dataplane: Dataplane, index: LabIndex, cause: number): void {
  index.lab.flows.forEach((flow, id) => {
    const { to } = flow;
    dataplane.control.configureFlow({
      id,
      port: portOf(index, flow.from),
      sourceIp: ipv4ToNumber(interfaceAt(index, flow.from)?.ipv4[0]?.address ?? ('0.0.0.0' as Ipv4)),
      destinationIp: isIpv6(to) ? 0 : ipv4ToNumber(to),
      frameBytes: flow.frameBytes,
      intervalPs: BigInt(flow.intervalPs),
      startNs: BigInt(flow.startNs),
      stopNs: flow.stopNs === null ? U64_MAX : BigInt(flow.stopNs),
      cause,
    });
    if (isIpv6(to)) dataplane.control.configureFlow6(id, ...halvesOf(to));
    if (flow.protocol === 'tcp') dataplane.control.configureTcp(id);
  });
}

/** A flow starts, stops or changes its rhythm, now. */
export function setFlow(dataplane: Dataplane, index: LabIndex, name: string, times: FlowTimes, cause: number): void {
  const id = index.lab.flows.findIndex((flow) => flow.name === name);
  const stopNs = times.untilNs === null ? U64_MAX : BigInt(times.untilNs);
  if (id >= 0) dataplane.control.setFlow(id, BigInt(times.intervalPs), stopNs, cause);
}
