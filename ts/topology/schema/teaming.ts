/** Shape of what a vSwitch says of its defaults and of its team of uplinks. */
import { SWITCH_PROFILES } from '../../model/lab/nodes.ts';
import { DETECTIONS, TEAMINGS } from '../../model/lab/teaming.ts';
import * as value from './values.ts';

export const teamProperties = {
  profile: value.word(
    'a profile of vSwitches',
    'What a vSwitch does unless the file says otherwise (VSW-15): a standard switch of vSphere 5 and 6 accepts MAC changes and forged transmits, one of 7 and a distributed switch reject all. Default standard.',
    SWITCH_PROFILES,
  ),
  teaming: value.word(
    'a teaming policy',
    'How a vSwitch chooses an uplink (VSW-16): the first that works, or one of all that work, by port, source MAC or IP addresses. Default failover-order.',
    TEAMINGS,
  ),
  detection: value.word(
    'a way to detect failures',
    'How a vSwitch knows that an uplink works: by its carrier, or by beacons of its other uplinks, too (VSW-16). Default link.',
    DETECTIONS,
  ),
  failback: value.flag('An uplink that has carrier again takes its place from those behind it (NOT-01; default on).'),
  'notify-switches': value.flag('The host tells physical switches where its guests are (NOT-01; default on).'),
};
