/** Commands of a host's administrator to SR-IOV NICs and their functions. */
import { disableRefusal, familyOf, PF } from '../../../model/hardware/nic.ts';
import { nicOf } from '../../../model/lab/attachments.ts';
import { splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabIndex } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { setLinkSpeed, speedRefusals } from '../sr-iov/link-speed.ts';
import { pfResetRefusals, resetPf } from '../sr-iov/pf-reset.ts';
import { isThere } from '../sr-iov/vf-channel.ts';
import { setVfCount, vfCountRefusals } from '../sr-iov/vf-count.ts';
import {
  configureVf,
  detectMaliciousDriver,
  enableVf,
  refuseResources,
  reloadDriver,
  sendByHand,
  setBridgeMode,
  setPfPromiscuous,
  tellDriverClose,
  vfRefusals,
} from './pf.ts';

/** Rule MBX-01. */
const MAILBOX_WORDS = 16;

export const NIC_VERBS: Verbs<
  | 'ip-vf'
  | 'numvfs'
  | 'link-speed'
  | 'ip-promisc'
  | 'bridge-mode'
  | 'reset-pf'
  | 'vf'
  | 'vf-request'
  | 'vf-refuse'
  | 'vf-driver-close'
> = {
  'ip-vf': {
    refusals: ({ endpoint, change }, index, state) => vfRefusals(index, state, endpoint, change),
    perform: (turn, { endpoint, change }, cause) => configureVf(turn, endpoint, change, cause),
  },
  numvfs: {
    refusals: ({ endpoint, vfs }, index, state) => vfCountRefusals(index, state, endpoint, vfs),
    perform: (turn, { endpoint, vfs }, cause) => setVfCount(turn, endpoint, vfs, cause),
  },
  'link-speed': {
    refusals: ({ endpoint, mbps }, index) => speedRefusals(index, endpoint, mbps),
    perform: (turn, { endpoint, mbps }, cause) => setLinkSpeed(turn, endpoint, mbps, cause),
  },
  'ip-promisc': {
    refusals: nicRefusals,
    perform: (turn, { endpoint, on }, cause) => setPfPromiscuous(turn, splitEndpoint(endpoint).node, on, cause),
  },
  'bridge-mode': {
    refusals: nicRefusals,
    perform: (turn, { node, mode }, cause) => setBridgeMode(turn, node, mode, cause),
  },
  'reset-pf': {
    refusals: ({ endpoint }, index, state) => pfResetRefusals(index, state, endpoint),
    perform: (turn, { endpoint }, cause) => resetPf(turn, endpoint, cause),
  },
  vf: {
    refusals: nicRefusals,
    perform: (turn, { endpoint, action }, cause) => VF_ACTIONS[action](turn, endpoint, cause),
  },
  'vf-request': {
    refusals: nicRefusals,
    perform: (turn, { endpoint, words }, cause) => sendByHand(turn, endpoint, words, cause),
  },
  'vf-refuse': {
    refusals: messageRefusals,
    perform: (turn, { endpoint, refusal }, cause) => refuseResources(turn, endpoint, refusal, cause),
  },
  'vf-driver-close': {
    refusals: messageRefusals,
    perform: (turn, { endpoint }, cause) => tellDriverClose(turn, endpoint, cause),
  },
};

const VF_ACTIONS = { reload: reloadDriver, enable: enableVf, malicious: detectMaliciousDriver } as const;

/** Requests of 10G are words of the mailbox. */
function nicRefusals(
  command: Of<'ip-promisc'> | Of<'bridge-mode'> | Of<'vf'> | Of<'vf-request'> | Of<'vf-refuse'> | Of<'vf-driver-close'>,
  index: LabIndex,
  state: Readonly<LabState>,
): string[] {
  const endpoint = 'endpoint' in command ? command.endpoint : `${command.node}:${PF}`;
  const nic = nicOf(index, splitEndpoint(endpoint).node);
  const kind = state.functions[endpoint]?.kind;
  if (nic === null || kind === undefined) return [`${endpoint} is no function of a NIC of this lab`];
  if (command.verb.startsWith('vf') !== (kind === 'vf')) return [`${endpoint} is a ${kind.toUpperCase()}`];
  if (kind === 'vf' && !isThere(state, endpoint)) return [`${endpoint} is not enabled`];
  if (command.verb === 'vf' && command.action === 'reload' && !index.peers.has(endpoint)) return [`nobody uses ${endpoint}`];
  const disables = disableRefusal(nic);
  if (command.verb === 'vf' && command.action !== 'reload' && disables !== null) return [disables];
  const isMailbox = command.verb === 'vf-request' && familyOf(nic.model) === '10g';
  const isWord = (word: string) => /^[0-9a-f]{1,8}$/i.test(word);
  return isMailbox && (command.words.length > MAILBOX_WORDS || !command.words.every(isWord))
    ? ['a mailbox request is up to 16 words of hexadecimal digits']
    : [];
}

/** Why a VF's driver gets no message of the virtual channel from its PF. */
function messageRefusals(command: Of<'vf-refuse'> | Of<'vf-driver-close'>, index: LabIndex, state: Readonly<LabState>): string[] {
  const { endpoint } = command;
  const refusals = nicRefusals(command, index, state);
  const nic = nicOf(index, splitEndpoint(endpoint).node);
  if (nic === null || refusals.length > 0) return refusals;
  if (familyOf(nic.model) === '10g') return [`${nic.name} is a NIC of 10G: it has a mailbox, and no virtual channel`];
  if (state.functions[endpoint]?.status === 'disabled') return [`${endpoint} is disabled: its PF tells it nothing`];
  const guest = index.peers.get(endpoint);
  if (guest === undefined) return [`nobody uses ${endpoint}`];
  return state.nodes[splitEndpoint(guest).node]?.power === 'running' ? [] : [`${guest} has no driver: its guest is off`];
}
