/** A node that has joined a multicast group, and a frame for that group from outside. */
import { plainFrame } from '../../support/frames.ts';
import { ms } from '../../support/lab.ts';
import type { Changed } from './change.ts';

function joined(kind: 'host' | 'router' | 'firewall'): Changed {
  return {
    name: `a ${kind} in a multicast group`,
    text: `
name: inert
duration: 1s
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    n: { kind: ${kind}${kind === 'firewall' ? ', on: h' : ''}, interfaces: { eth1: { ipv4: 10.0.0.1/24, groups: [239.1.1.1] } } }
    out: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - endpoints: ["n:eth1", "out:eth0"]
`,
    framesOf: () => [{ at: 'n:eth1', afterNs: ms(1), bytes: plainFrame('02:00:00:00:00:09', '01:00:5e:01:01:01') }],
    changes: { 'topology/nodes/n/interfaces/eth1/groups/0': '239.1.1.2' },
  };
}

export const JOINED: readonly Changed[] = [joined('host'), joined('router'), joined('firewall')];
