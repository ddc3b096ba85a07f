/** Settings of a unit's HA links, and of its data links while it is passive (rules HA-02, HA-03, HA-12). */
import { nanos, parseDuration, shortDuration } from '../../values/nanos.ts';
import { HA2_TRANSPORTS, type HaOwn, type HaPair } from '../lab/ha-pair.ts';
import { ON_OR_OFF, oneOf, onOff, type Setting } from './setting.ts';
import { unitSetting, withOwn } from './unit-setting.ts';

const PORT = {
  expected: 'the name of an HA interface such as ha1-b',
  normal: (text: string): string | null => (/^[a-z][a-z0-9-]{0,14}$/.test(text) ? text : null),
};

type PortKey = 'ha1Backup' | 'ha2' | 'ha2Backup';
type FlagKey = 'ha1Encryption' | 'configSync' | 'heartbeatBackup' | 'ha2KeepAlive' | 'ha2Tables';

function port(key: PortKey): Setting {
  return unitSetting(
    { ...PORT, isOptional: true },
    ({ pair }) => pair[key] ?? '',
    (unit, text) => withOwn(unit, { [key]: text === '' ? null : text }),
  );
}

function flag(key: FlagKey): Setting {
  return unitSetting(
    ON_OR_OFF,
    ({ pair }) => onOff(pair[key] === true),
    (unit, text) => withOwn(unit, { [key]: text === 'on' ? true : null }),
  );
}

/** One word of several; the first is what a pair has without it. */
function word(key: 'ha2Transport' | 'passiveLinkState', words: readonly [string, ...string[]]): Setting {
  return unitSetting(
    oneOf(words),
    ({ pair }: { readonly pair: HaPair }) => pair[key] ?? words[0],
    (unit, text) => withOwn(unit, { [key]: text === words[0] ? null : text } as HaOwn),
  );
}

/** By path. */
export const HA_LINK_SETTINGS: Readonly<Record<string, Setting>> = {
  'ha/ha1': unitSetting(
    PORT,
    ({ self }) => self.ha1,
    ({ self }, text) => ({ ...self, ha1: text }),
  ),
  'ha/ha1-backup': port('ha1Backup'),
  'ha/ha1-encryption': flag('ha1Encryption'),
  'ha/config-sync': flag('configSync'),
  'ha/heartbeat-backup': flag('heartbeatBackup'),
  'ha/ha2': port('ha2'),
  'ha/ha2-backup': port('ha2Backup'),
  'ha/ha2-transport': word('ha2Transport', HA2_TRANSPORTS),
  'ha/ha2-tables': flag('ha2Tables'),
  'ha/ha2-keep-alive': flag('ha2KeepAlive'),
  'ha/passive-link-state': word('passiveLinkState', ['auto', 'shutdown']),
  'ha/link-bringup': unitSetting(
    {
      expected: 'a time such as 4s',
      normal: (text) => {
        const ns = parseDuration(text);
        return ns === null ? null : shortDuration(ns);
      },
    },
    ({ pair }) => shortDuration(pair.linkBringupNs ?? nanos(0)),
    (unit, text) => withOwn(unit, { linkBringupNs: parseDuration(text) || null }),
  ),
};
