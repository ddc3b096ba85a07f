/**
 * Warnings: the file is valid, but the lab will not do what its author hopes. One small function per warning; each names
 * its rule and a remedy.
 *
 * They judge the lab as it starts. A lab whose steps mend a policy later is warned about all the same: until that step it
 * does not work.
 */
import type { LabFile } from '../../model/lab/lab-file.ts';
import type { Draft, Problem } from '../draft/draft.ts';
import {
  interfaceWithoutAddress,
  neighbourIgnoresGratuitous,
  nobodyHasTheDestination,
  sameGroupOnOneSegment,
  sharedSelfMacOnOneSegment,
} from './address.ts';
import { bothEndsPassive, membersLeadApart, otherEndDiffers, settingOfLacpIsIdle } from './aggregates.ts';
import { bridgeReturnsToItsSwitch } from './bridge-loop.ts';
import { failoverWaitsForTheApi, loadBalancerNoticesLate, routerOfNoPair } from './cloud.ts';
import { timeIsIdle } from './control-plane.ts';
import { flowAboveItsCores } from './core-load.ts';
import { nicOnAnotherMemoryNode, poolTooSmall, receivesByPlainPath } from './cores.ts';
import { stepTroublesAGoodPair } from './driver-trouble.ts';
import { connectionIsRefused, flowAboveAnMtu, flowAboveItsLine, flowStartsAfterTheEnd, nobodyIsTheNextHop } from './flows.ts';
import {
  eui64WithHypervisorMac,
  heartbeatBackupWithoutManagement,
  nobodyIsTheTarget,
  optionAtOnePeer,
  preemptiveAtOnePeer,
  routerWithoutFlag,
} from './ha.ts';
import { groupIsEmpty, settingIsIdle } from './idle.ts';
import { settingOfIoIsIdle } from './idle-io.ts';
import { arpWillBeDropped } from './inspection.ts';
import { type LabView, viewOf } from './lab-view.ts';
import { failoverTakesAnotherLease, nobodyLeases, serverIsNotTrusted, stepEndsALease } from './leases.ts';
import { ringOfSwitches } from './loop.ts';
import { migrationDisappoints } from './migration.ts';
import { modeNeedsTrust, ownMacWillBeRefused, stepTakesOwnMac, virtualMacOnOneNic } from './nic.ts';
import {
  deviceWantedTwice,
  guestSharesNoMemory,
  hostDriverNotLater,
  hostDriverTooOldForVf,
  interfaceForbidsDpdk,
  interfaceMoveForbidsDpdk,
  serverPortLosesItsGuest,
} from './packet-io.ts';
import { hypervisorWithoutGuests, portInsteadOfUplink, virtualMachineWithoutHost } from './placement.ts';
import {
  macChangeWillBeRejected,
  modeNeedsForgedTransmits,
  modeNeedsPromiscuous,
  selfMacNeedsForgedTransmits,
  selfMacNeedsPromiscuous,
} from './policy.ts';
import { failoverEndsASession, nobodyGivesSessions, stepEndsASession } from './pppoe.ts';
import { interfaceInNoZone, nobodyFindsThePool } from './sessions.ts';
import { stepsAsStart } from './steps.ts';
import { tagsAreDropped } from './tags.ts';
import { beaconsNeedThreeUplinks, ipHashNeedsAChannel, nobodySeesFailuresFurtherOn, uplinksStandBy } from './teaming.ts';
import { haLinkCarriesNothing } from './unbuilt.ts';

const WARNINGS: readonly ((view: LabView) => Problem[])[] = [
  selfMacNeedsPromiscuous,
  selfMacNeedsForgedTransmits,
  modeNeedsPromiscuous,
  modeNeedsForgedTransmits,
  ownMacWillBeRefused,
  stepTakesOwnMac,
  virtualMacOnOneNic,
  modeNeedsTrust,
  interfaceForbidsDpdk,
  interfaceMoveForbidsDpdk,
  hostDriverNotLater,
  hostDriverTooOldForVf,
  stepTroublesAGoodPair,
  deviceWantedTwice,
  serverPortLosesItsGuest,
  guestSharesNoMemory,
  poolTooSmall,
  receivesByPlainPath,
  nicOnAnotherMemoryNode,
  sameGroupOnOneSegment,
  sharedSelfMacOnOneSegment,
  macChangeWillBeRejected,
  neighbourIgnoresGratuitous,
  arpWillBeDropped,
  haLinkCarriesNothing,
  heartbeatBackupWithoutManagement,
  optionAtOnePeer,
  preemptiveAtOnePeer,
  eui64WithHypervisorMac,
  routerWithoutFlag,
  nobodyIsTheTarget,
  interfaceWithoutAddress,
  tagsAreDropped,
  virtualMachineWithoutHost,
  hypervisorWithoutGuests,
  portInsteadOfUplink,
  uplinksStandBy,
  ipHashNeedsAChannel,
  beaconsNeedThreeUplinks,
  nobodySeesFailuresFurtherOn,
  ringOfSwitches,
  bridgeReturnsToItsSwitch,
  nobodyIsTheNextHop,
  flowStartsAfterTheEnd,
  flowAboveItsLine,
  flowAboveItsCores,
  flowAboveAnMtu,
  connectionIsRefused,
  nobodyHasTheDestination,
  settingIsIdle,
  settingOfIoIsIdle,
  settingOfLacpIsIdle,
  timeIsIdle,
  otherEndDiffers,
  bothEndsPassive,
  membersLeadApart,
  groupIsEmpty,
  interfaceInNoZone,
  nobodyFindsThePool,
  nobodyLeases,
  failoverTakesAnotherLease,
  stepEndsALease,
  serverIsNotTrusted,
  nobodyGivesSessions,
  failoverEndsASession,
  stepEndsASession,
  migrationDisappoints,
  failoverWaitsForTheApi,
  loadBalancerNoticesLate,
  routerOfNoPair,
];

/** Those that a step can bring about. What a step does to VFs is told by `stepTakesOwnMac`. */
const OF_STEPS: readonly ((view: LabView) => Problem[])[] = [
  selfMacNeedsPromiscuous,
  selfMacNeedsForgedTransmits,
  sharedSelfMacOnOneSegment,
  neighbourIgnoresGratuitous,
  arpWillBeDropped,
  ringOfSwitches,
  nobodyIsTheNextHop,
  flowAboveItsLine,
];

export function findWarnings(draft: Draft, file: LabFile): Problem[] {
  const view = viewOf(draft, file);
  return [...WARNINGS.flatMap((warn) => warn(view)), ...stepsAsStart(view, OF_STEPS)];
}
