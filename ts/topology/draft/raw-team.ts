/** What a lab file writes about vSwitches as such and their teams of uplinks (raw.ts). */
import type { SwitchProfile } from '../../model/lab/nodes.ts';
import type { DETECTIONS, TEAMINGS } from '../../model/lab/teaming.ts';

export interface RawTeam {
  readonly uplinks?: readonly (string | undefined)[] | undefined;
  readonly profile?: SwitchProfile | undefined;
  readonly teaming?: (typeof TEAMINGS)[number] | undefined;
  readonly detection?: (typeof DETECTIONS)[number] | undefined;
}
