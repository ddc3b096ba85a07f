/** The rules that the page names for events, causes and drops: made by scripts/page-rules.ts of proto/, the drop reasons and ts/rules. */
import { expect, test } from 'vitest';
import { ruleNames } from '../../../scripts/page-rules.ts';
import { DROP_REASONS } from '../../model/events/drop-reasons.ts';
import { EVENT_KINDS } from '../../model/events/events.ts';
import { rulesFor } from './rule-names.ts';

const rules = ruleNames();

test('a dropped frame comes by the rules that name its reason', () => {
  const text = 'nic1:vf0 spoof-mac: frame 3, 7c:89:c2:f9:1d:10 > 02:00:00:1f:b5:b6, 60 bytes';
  expect(rulesFor(rules, [{ type: 'FrameDropped', text }])).toEqual(['VF-07', 'VF-16']);
  expect(rulesFor(rules, [{ type: 'FramesDropped', text: 'sw1 arp-inspection: 2 more frames' }])).toEqual(['DAI-01']);
});

test("a flow's loss comes by the rules of its reason and of its causes, each once", () => {
  const cause = { type: 'SpoofDetected', text: 'dhcp-snooping: no reason is looked for in this line' };
  expect(rulesFor(rules, [{ reason: 'spoof-mac' }, cause])).toEqual(['VF-07', 'VF-16']);
});

test('a node that is called like a reason brings no rule', () => {
  expect(rulesFor(rules, [{ type: 'FrameDropped', text: 'spoof-mac:eth0 link-down: frame 3, ? > ?, 60 bytes' }])).toEqual([]);
});

test('what has no rule names none', () => {
  expect(
    rulesFor(rules, [
      { type: 'TimeAdvanced', text: '' },
      { type: 'FrameDropped', text: 'fw1 ttl-expired: frame 1' },
    ]),
  ).toEqual([]);
});

test('every rule that is named has a title, and no reason has the name of an event', () => {
  const ids = Object.values(rules.of).flatMap((all) => all.split(' '));
  expect(ids.filter((id) => (rules.titles[id] ?? '') === '')).toEqual([]);
  expect(Object.keys(DROP_REASONS).filter((reason) => reason in EVENT_KINDS)).toEqual([]);
});
