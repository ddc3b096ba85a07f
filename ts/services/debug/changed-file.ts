/** A lab file with the change of a fork in it: the same run from a file. Comments and order of the file stay. */
import { isMap, isSeq, parseDocument } from 'yaml';
import { type ForkChange, inWords } from '../../debug/fork.ts';
import { commandsFor, readSetting, type Setting } from '../../debug/settings.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { readLabFile } from '../../topology/read-lab-file.ts';
import { formatSeconds, parseDuration } from '../../values/nanos.ts';

/** The text of a lab file with settings of its nodes and interfaces; `node.a.b=v` is the property b in a. */
export function withSettings(text: string, settings: readonly Setting[]): string {
  const document = parseDocument(text);
  for (const { of, property, value } of settings) {
    const [node = '', port] = of.split(':');
    const own = ['topology', 'nodes', node, ...(port === undefined ? [] : [portsKey(document, node, port), port])];
    document.setIn([...own, ...property.split('.')], parseDocument(value).toJS());
  }
  return document.toString(STYLE);
}

/** The file of a lab, read again with those settings in it that no command changes. @throws RangeError for what the lab does not have */
export function readChanged(text: string, path: string, lab: Lab, settings: readonly Setting[]): ReturnType<typeof readLabFile> {
  const defined = settings.filter((setting) => commandsFor(lab, setting) === null);
  return readLabFile(withSettings(text, defined), path);
}

/** The text of a lab file with a value at a path with dots, such as topology.nodes.fw1.packet-io. */
export function withValue(text: string, path: string, value: string): string {
  const document = parseDocument(text);
  document.setIn(path.split('.'), parseDocument(value).toJS());
  return document.toString(STYLE);
}

/** The text of a lab file with all changes of a fork: steps added at their times, steps left out, and settings. */
export function withChanges(text: string, name: string, changes: readonly ForkChange[]): string {
  const settings = changes.flatMap((one) => (one.kind === 'set' && SETTING.test(one.text) ? [readSetting(one.text)] : []));
  const document = parseDocument(settings.length === 0 ? text : withSettings(text, settings));
  document.set('name', name);
  const steps = document.get('steps');
  if (isSeq(steps)) {
    const gone = changes.filter(({ kind }) => kind === 'without');
    steps.items = steps.items.filter((item) => !gone.some((change) => isStep(item, change)));
  }
  const added = changes.filter((one) => one.kind === 'run' || (one.kind === 'set' && !SETTING.test(one.text)));
  if (added.length > 0 && !isSeq(steps)) document.set('steps', document.createNode([]));
  for (const { text: run, atNs } of added)
    document.addIn(['steps'], document.createNode({ at: timeText(atNs), run }, { flow: true }));
  return document.toString(STYLE);
}

const STYLE = { lineWidth: 0, flowCollectionPadding: true } as const;
const SETTING = /^[^.=\s]+\.[^=\s]+=\S+$/;

function isStep(item: unknown, { text, atNs }: ForkChange): boolean {
  if (!isMap(item)) return false;
  return parseDuration(String(item.get('at'))) === atNs && inWords(String(item.get('run'))) === inWords(text);
}

/** Where a node's file has an interface: under `ports` or `interfaces`. */
function portsKey(document: ReturnType<typeof parseDocument>, node: string, port: string): string {
  const isPort = document.hasIn(['topology', 'nodes', node, 'ports', port]);
  const kind = document.getIn(['topology', 'nodes', node, 'kind']);
  return isPort || ['switch', 'bridge', 'vswitch', 'nic'].includes(String(kind)) ? 'ports' : 'interfaces';
}

/** 20500000000 as "20.5s". */
function timeText(ns: number): string {
  return `${formatSeconds(ns).replace(/\.?0+$/, '')}s`;
}
