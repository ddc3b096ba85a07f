/** Warnings about vSwitch policies that stop what a guest is there for. */
import { parseCommand } from '../../model/commands/command.ts';
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Problem } from '../draft/draft.ts';
import { type Attachment, atProperty, attachments, type LabView, usesOwnMac } from './lab-view.ts';

export function selfMacNeedsPromiscuous(view: LabView): Problem[] {
  return attachments(view)
    .filter(({ guest, policy, learning }) => usesOwnMac(view, guest) && !policy.promiscuous && learning === null)
    .map((attachment) => {
      const { guest, port } = attachment;
      const message = `${endpointOf(guest)} makes its own MAC, but ${port} rejects promiscuous mode: no frame reaches it`;
      return policyProblem(view, attachment, 'promiscuous', message, 'MAC-07', `or set use-hypervisor-mac: on at ${guest.node}`);
    });
}

export function selfMacNeedsForgedTransmits(view: LabView): Problem[] {
  return attachments(view)
    .filter(({ guest, policy, learning }) => usesOwnMac(view, guest) && !policy.forgedTransmits && learning === null)
    .map((attachment) => {
      const { guest, port } = attachment;
      const message = `${endpointOf(guest)} makes its own MAC, but ${port} rejects forged transmits: every frame it sends is dropped`;
      return policyProblem(
        view,
        attachment,
        'forged-transmits',
        message,
        'MAC-08',
        `or set use-hypervisor-mac: on at ${guest.node}`,
      );
    });
}

const MODE_RULES: Readonly<Record<string, string>> = { layer2: 'MODE-02', tap: 'MODE-03', 'virtual-wire': 'MODE-04' };

export function modeNeedsPromiscuous(view: LabView): Problem[] {
  return attachments(view)
    .filter(({ guest, policy, learning }) => {
      // A switch that learns finds its way without; a tap never sends, so nothing is ever learned about it.
      const learns = learning !== null && guest.mode !== 'tap';
      return guest.mode in MODE_RULES && !policy.promiscuous && !learns;
    })
    .map((attachment) => {
      const { guest, port } = attachment;
      const message = `${endpointOf(guest)} is ${guest.mode}, but ${port} rejects promiscuous mode: frames for other MACs do not reach it`;
      return policyProblem(view, attachment, 'promiscuous', message, MODE_RULES[guest.mode] ?? '');
    });
}

export function modeNeedsForgedTransmits(view: LabView): Problem[] {
  return attachments(view)
    .filter(({ guest, policy, learning }) => {
      return guest.mode in MODE_RULES && guest.mode !== 'tap' && !policy.forgedTransmits && learning === null;
    })
    .map((attachment) => {
      const { guest, port } = attachment;
      const message = `${endpointOf(guest)} forwards frames of other MACs, but ${port} rejects forged transmits: they are dropped`;
      return policyProblem(view, attachment, 'forged-transmits', message, 'VSW-09');
    });
}

export function macChangeWillBeRejected(view: LabView): Problem[] {
  const plugged = new Map(attachments(view).map((attachment) => [endpointOf(attachment.guest), attachment]));
  return view.file.script.steps.flatMap((step) => {
    const parsed = parseCommand(step.command);
    if (!('command' in parsed) || parsed.command.verb !== 'guest-mac') return [];
    const attachment = plugged.get(parsed.command.endpoint);
    if (attachment === undefined || attachment.policy.macChanges) return [];
    const message = `"${step.command}" stops ${parsed.command.endpoint} from receiving: ${attachment.port} rejects MAC changes`;
    return [policyProblem(view, attachment, 'mac-changes', message, 'VSW-11')];
  });
}

/** A warning about a port's policy, at the place that sets it. */
function policyProblem(
  view: LabView,
  { vswitch, port }: Attachment,
  setting: 'promiscuous' | 'mac-changes' | 'forged-transmits',
  message: string,
  rule: string,
  alternative = '',
): Problem {
  const place = atProperty(view, vswitch.name, ...whereSet(view, vswitch.name, splitEndpoint(port).name, setting));
  return {
    place,
    message,
    rule,
    remedy: [`set ${setting}: accept at ${port}`, alternative].filter((part) => part !== '').join(', '),
  };
}

/** Rule VSW-15: what a port does not say its port group does, else the switch. */
function whereSet(
  view: LabView,
  node: string,
  port: string,
  setting: 'promiscuous' | 'mac-changes' | 'forged-transmits',
): string[] {
  const raw = view.draft.nodes.get(node)?.raw;
  const own = raw?.ports?.[port];
  if (own?.[setting] !== undefined) return ['ports', port, setting];
  const group = own?.group ?? '';
  return raw?.['port-groups']?.[group]?.[setting] === undefined ? [setting] : ['port-groups', group, setting];
}
