/** Steps that inject trouble of a bad pair of drivers where no pair is bad (rule DRV-04): they are refused when their time comes. */
import { parseCommand } from '../../model/commands/command.ts';
import { DEFAULT_PROFILE, NATIVE_PROFILES, nativePfVersion } from '../../model/hardware/driver-matrix.ts';
import { type DriverVerdict, driverVerdict, IN_KERNEL } from '../../model/hardware/driver-version.ts';
import { pfDriver } from '../../model/hardware/nic.ts';
import { attachmentOf } from '../../model/lab/attachments.ts';
import { splitEndpoint } from '../../model/lab/endpoint.ts';
import { indexLab, interfaceAt, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import { firstChoice } from '../../model/lab/packet-io-choice.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';
import { placeOfStep } from './steps.ts';

/** A step may assign another device or change the mode before: then nothing is foreseen. */
const CHANGES_PAIRS = ['assign', 'release', 'packet-io'];

export function stepTroublesAGoodPair(view: LabView): Problem[] {
  const index = indexLab(view.lab);
  let isForeseen = true;
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    if ('error' in parsed) return [];
    if (CHANGES_PAIRS.includes(parsed.command.verb)) isForeseen = false;
    if (parsed.command.verb !== 'driver-trouble' || !isForeseen) return [];
    const verdict = verdictOf(index, parsed.command.endpoint);
    if (verdict === 'not-later') return [];
    const why = verdict === null ? 'it is no VF' : `its pair of drivers is ${verdict}`;
    return [
      {
        place: placeOfStep(view, text),
        message: `"${text}" will be refused: ${why}`,
        rule: 'DRV-04',
        remedy: 'give the NIC a driver-version that is not later than the native one',
      },
    ];
  });
}

/** The verdict on the pair of a firewall's interface in the mode it starts in; null where it has none. */
function verdictOf(index: LabIndex, endpoint: string): DriverVerdict | null {
  const iface = interfaceAt(index, endpoint);
  const firewall = nodeNamed(index, splitEndpoint(endpoint).node);
  if (iface === undefined || firewall?.kind !== 'firewall') return null;
  const attachment = attachmentOf(index, iface);
  if (attachment.kind !== 'sriov') return null;
  const native = firewall.nativeDrivers ?? NATIVE_PROFILES[DEFAULT_PROFILE];
  const own = nativePfVersion(native, pfDriver(attachment.nic.model), firstChoice(index, firewall).mode);
  return driverVerdict(attachment.nic.driverVersion ?? IN_KERNEL, own);
}
