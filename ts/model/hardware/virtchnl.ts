/** Numbers of the 40G virtual channel as drivers write them to their logs, and what a VF's driver makes of them (virtchnl.h). */

/**
 * What the PF sends a VF without being asked (`enum virtchnl_event_codes`). No PF driver of Linux or DPDK sends PF_DRIVER_CLOSE; drivers of
 * VFs read it, so it takes a command.
 */
export const VIRTCHNL_EVENTS = { LINK_CHANGE: 1, RESET_IMPENDING: 2, PF_DRIVER_CLOSE: 3 } as const;

/**
 * What a reply says of a request (`enum virtchnl_status_code`); `not-permitted` is a status of i40e alone (i40e_virtchnl_pf.c,
 * `i40e_check_vf_permission`).
 */
export const VIRTCHNL_STATUS = {
  success: 0,
  'not-permitted': -1,
  param: -5,
  'no-memory': -18,
  'opcode-mismatch': -38,
  'invalid-vf-id': -40,
  'admin-queue': -53,
  'not-supported': -64,
} as const;

export type VirtchnlStatusName = keyof typeof VIRTCHNL_STATUS;

/**
 * Statuses that a PF can refuse a VF its resources with, here by command only. i40e and ice answer `no-memory` when they cannot allocate the
 * reply (i40e_virtchnl_pf.c, `i40e_vc_get_vf_resources_msg`; ice_virtchnl.c, `ice_vc_get_vf_res_msg`), and `param` out of turn. They find
 * an operation whose length is wrong and an unknown VF, too, but send neither status (virtchnl.h, `virtchnl_vc_validate_vf_msg`;
 * `i40e_vc_process_vf_msg`): drivers of VFs read them all the same.
 */
export const RESOURCE_REFUSALS = [
  'no-memory',
  'opcode-mismatch',
  'invalid-vf-id',
  'param',
  'not-supported',
] as const satisfies readonly VirtchnlStatusName[];
export type ResourceRefusal = (typeof RESOURCE_REFUSALS)[number];

/**
 * Whether the Linux driver of a VF asks again for resources that it was refused. It gives the VF up where the error is "invalid argument"
 * (iavf_main.c, `virtchnl_status_to_errno` and `iavf_init_get_resources`).
 */
export function asksAgain(refusal: ResourceRefusal): boolean {
  return refusal !== 'param' && refusal !== 'invalid-vf-id';
}

/** ", virtchnl status -18" for the name of a status, as a reply has it; '' for any other word. */
export function statusNumber(name: string): string {
  return Object.hasOwn(VIRTCHNL_STATUS, name) ? `, virtchnl status ${VIRTCHNL_STATUS[name as VirtchnlStatusName]}` : '';
}
