/**
 * A PF of 40G refuses a VF its resources, once, because a command says so (rule VCH-01). Linux's driver begins again, or gives the VF up
 * (`asksAgain`); DPDK's gives the port up whatever the status is (iavf_vchnl.c, `iavf_wait_for_msg`; iavf_ethdev.c, `iavf_init_vf`).
 *
 * Decision someone may dispute: Linux repeats the one step that failed; here the driver begins anew.
 */
import type { Position } from '../../../model/events/events.ts';
import { asksAgain, type ResourceRefusal, VIRTCHNL_STATUS } from '../../../model/hardware/virtchnl.ts';
import { type Endpoint, endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { asNamed } from '../../../values/named.ts';
import type { Turn } from '../../turn/turn.ts';
import type { VfWork } from '../../turn/vf-memory.ts';
import { reply } from './vf-channel.ts';

/** How long iavf takes to begin again (iavf_main.c, `iavf_watchdog_task`: HZ). */
const ASK_AGAIN_NS = 1_000_000_000;

/** The next request for resources of a guest's interface will be refused. */
export function orderRefusal(turn: Turn, { node, name }: LabInterface, refusal: ResourceRefusal): void {
  const memory = turn.memory(node);
  memory.vfRefusals = asNamed({ ...memory.vfRefusals, [name]: refusal });
}

/** How this request for resources is refused; undefined where it is answered. */
export function takeRefusal(turn: Turn, { node, name }: LabInterface): ResourceRefusal | undefined {
  const memory = turn.memory(node);
  const { [name]: refusal, ...others } = memory.vfRefusals ?? {};
  if (Object.keys(others).length > 0) memory.vfRefusals = asNamed(others);
  else delete memory.vfRefusals;
  return refusal;
}

/** The PF refuses, and the driver writes it down. Returns when the driver begins again; null where it gives the VF up. */
export function sayRefusal(
  turn: Turn,
  iface: LabInterface,
  vf: Endpoint,
  refusal: ResourceRefusal,
  cause: Position,
): VfWork | null {
  const { node, name } = iface;
  const position = reply(turn, vf, { op: 'GET_VF_RESOURCES', ack: false, detail: refusal }, cause);
  const isPolled = turn.state.drivers[endpointOf(iface)]?.mode === 'dpdk';
  const beginsAgain = !isPolled && asksAgain(refusal);
  const end = beginsAgain ? 'asks again in 1 s' : 'gives the VF up';
  const text = `${name}: no resources from the PF: ${refusal} (${VIRTCHNL_STATUS[refusal]}), ${end}`;
  turn.say('SystemLog', position, { node, eventId: 'vf-resources-refused', severity: 'critical', text });
  return beginsAgain ? { atNs: turn.nowNs + ASK_AGAIN_NS, cause: position } : null;
}
