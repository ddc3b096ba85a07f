/** Shape of the times that control planes take. */
import type { Schema } from './values.ts';
import * as value from './values.ts';

export const controlPlane: Schema = {
  ...value.closed('control-plane times', 'How long control planes take (COST-09): published, or single times over none.', {
    'mailbox-request': value.duration("From a request of a VF's driver to the PF's answer. Published 500us."),
    'vf-reset': value.duration('From the reset of a VF until its driver can set it up. Published 100ms.'),
    promotion: value.duration('From the decision to become active to the change of role. Published 1ms.'),
    ha1: value.duration('One way over HA1, where its cables have no latency of their own. Published 1ms.'),
    'cloud-call': value.duration("A call to a cloud's API, where the pair has no time of its own. Published 20s."),
    carrier: value.duration('From a cable that is plugged in, or a promotion that brings links up, to carrier. Published 4s.'),
  }),
  title: 'control-plane times (published, or a map of times)',
  type: ['string', 'object'],
  pattern: '^published$',
};
