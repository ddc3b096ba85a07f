/**
 * What README and docs say is there, is there; what they say is missing, is missing. Properties come from the schema of lab files, verbs
 * and options from the program, rules from the page of rules, paths from the tree, and each row of docs/limitations.md has a probe.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../ts/cli/program.ts';
import { parseCommand } from '../ts/model/commands/command.ts';
import { readLabFile } from '../ts/topology/read-lab-file.ts';
import { KIND_PROPERTIES } from '../ts/topology/schema/node.ts';
import { labFileSchema } from '../ts/topology/schema/schema.ts';

const PAGES = [
  'README.md',
  'bench/README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const text = (page: string): string => readFileSync(page, 'utf8');

/** The rows of all tables of a text, as cells; heads and rules of dashes left out. */
function rows(page: string): string[][] {
  return [...page.matchAll(/^\|(?!\s*-)(.*)\|$/gm)].map(([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

/** The code spans of a text: "`a` and `b`" is a and b. */
function codes(of: string): string[] {
  return [...of.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** What stands between <!-- name --> and <!-- /name -->. */
function marked(page: string, name: string): string {
  return new RegExp(`<!-- ${name} -->([\\s\\S]*?)<!-- /${name} -->`).exec(text(page))?.[1] ?? '';
}

/** The names of all properties in a schema, however deep. */
function propertiesOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  const { properties } = schema as { readonly properties?: object };
  if (!Array.isArray(schema) && typeof properties === 'object') for (const name of Object.keys(properties)) found.add(name);
  for (const part of Object.values(schema)) propertiesOf(part, found);
  return found;
}

describe('docs/topology.md', () => {
  const page = text('docs/topology.md');
  const properties = propertiesOf(labFileSchema);

  test('documents each property of the schema', () => {
    // Costs are properties too; their table has a page of its own.
    const documented = [...codes(page), ...codes(text('docs/cost-model.md'))];
    const words = new Set(documented.flatMap((code) => code.split(/[^\w-]+/)));
    expect([...properties].filter((name) => !words.has(name))).toEqual([]);
  });

  test('documents no property that the schema does not have', () => {
    const tables = page.split('\n\n').filter((part) => /^\|\s*(key|property)\b/.test(part));
    expect(tables.length).toBeGreaterThan(10);
    const named = tables.flatMap((table) => rows(table).slice(1)).flatMap(([first = '']) => codes(first));
    expect(named.filter((name) => !properties.has(name))).toEqual([]);
  });

  test.each(Object.entries(KIND_PROPERTIES))('lists the properties of a %s', (kind, own) => {
    const row = rows(page).find(([first, , list]) => first === `\`${kind}\`` && list !== undefined);
    expect(codes(row?.[2] ?? '').sort()).toEqual([...own].sort());
  });
});

const program = await createProgram();

describe('of the program', () => {
  // What scripts ask, help does not show.
  const shown = program.createHelp().visibleCommands(program);
  const verbs = new Map(shown.filter((verb) => verb.name() !== 'help').map((verb) => [verb.name(), verb]));
  const optionsOf = (verb: string): string[] => [
    '--help',
    ...(verbs.get(verb)?.options.flatMap(({ long, short }) => [long ?? '', short ?? '']) ?? []),
  ];

  test('README and the index of the command line name each verb', () => {
    const readme = codes(text('README.md').split('## The commands')[1]?.split('\n## ')[0] ?? '');
    const words = new Set(readme.flatMap((code) => code.split(/[ ,]+/)));
    expect([...verbs.keys()].filter((verb) => !words.has(verb))).toEqual([]);
    const index = rows(text('docs/cli/README.md')).flatMap(([first = '']) => /^\[(\w+)\]/.exec(first)?.[1] ?? []);
    expect(index.sort()).toEqual([...verbs.keys()].sort());
  });

  test('a command line in the docs has a verb and options that exist', () => {
    const faults: string[] = [];
    for (const page of PAGES) {
      for (const [line, verb = '', rest = ''] of text(page).matchAll(/\bswitchback ([a-z]+)\b([^`\n|&"]*)/g)) {
        if (line.includes('COMMAND') || !/^(npx )?switchback|^ {4}|`|\$/.test(lineOf(page, line))) continue;
        if (!verbs.has(verb)) faults.push(`${page}: ${line}`);
        for (const [, option = ''] of rest.matchAll(/(?<= )(--?[a-z][\w-]*)/g)) {
          if (verbs.has(verb) && verb !== 'exec' && !optionsOf(verb).includes(option)) faults.push(`${page}: ${line}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  function lineOf(page: string, part: string): string {
    return (
      text(page)
        .split('\n')
        .find((line) => line.includes(part)) ?? ''
    );
  }
});

test('README and docs name only rules that exist', () => {
  const rules = new Set(
    text('docs/rules.md')
      .match(/^(\||- \*{0,2}|#+ |\s*)\s*[A-Z]{2,4}-\d\d\b/gm)
      ?.map((start) => start.replace(/^.*?(?=[A-Z])/, '')),
  );
  expect(rules.size).toBeGreaterThan(100);
  const families = new Set([...rules].map((id) => id.split('-')[0]));
  const faults = PAGES.filter((page) => page !== join('docs', 'rules.md')).flatMap((page) =>
    [...text(page).matchAll(/\b([A-Z]{2,4})-\d\d\b/g)]
      .filter(([id, family]) => families.has(family) && !rules.has(id))
      .map(([id]) => `${page}: ${id}`),
  );
  expect(faults).toEqual([]);
});

describe('of the tree', () => {
  const ROOTS = ['asm', 'ts', 'test', 'docs', 'labs', 'scripts', 'examples', 'proto', 'bench', 'gen'];
  const files = ROOTS.filter((root) => existsSync(root)).flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }),
  );
  const names = new Set(files.map((file) => basename(file)));

  test('README and docs name only paths that exist', () => {
    const faults = PAGES.flatMap((page) =>
      codes(text(page))
        .filter((code) => new RegExp(`^(${ROOTS.join('|')})/[\\w./-]+$`).test(code) || /^[\w-]+(\.spec)?\.ts$/.test(code))
        .filter((path) => !(path.includes('/') ? existsSync(path) : names.has(path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(faults).toEqual([]);
  });

  test('links between pages lead to pages', () => {
    const faults = PAGES.flatMap((page) =>
      [...text(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(faults).toEqual([]);
  });

  test('the reading path is ten files of less than 200 lines each', () => {
    const path = codes(marked('README.md', 'reading path')).filter((code) => code.includes('/'));
    expect(path).toHaveLength(10);
    expect(path.map((file) => [file, text(file).trimEnd().split('\n').length < 200])).toEqual(path.map((file) => [file, true]));
  });

  test.each([
    ['Where is a frame dropped?', /function dropFrame\b/],
    ['Where is HA decided?', /'HaStateChanged'/],
    ['Where does an event get its number?', /const position = this\.#current\.position \+ 1/],
  ])('architecture.md answers: %s', (question, proof) => {
    const row = rows(text('docs/architecture.md')).find(([first]) => first === question);
    const [file = ''] = codes(row?.[1] ?? '');
    expect(text(file)).toMatch(proof);
  });
});

describe('docs/limitations.md says of what is not built:', () => {
  const listed = rows(marked('docs/limitations.md', 'not yet')).slice(1);

  test('it has rows, each with a probe that is known', () => {
    expect(listed.length).toBeGreaterThan(5);
    expect(listed.map(([, , probe = '']) => probe.split(' ')[0]).filter((kind) => !Object.hasOwn(PROBES, kind ?? ''))).toEqual([]);
  });

  test.each(listed.map(([what, , probe]) => [what, probe]))('%s (%s)', (_, probe = '') => {
    const [kind = ''] = probe.split(' ');
    const [subject = ''] = codes(probe);
    expect(PROBES[kind]?.(subject)).toBe('not built');
  });
});

describe('docs/limitations.md says where sources are silent:', () => {
  const section = text('docs/limitations.md').split('\n## Where sources are silent\n')[1] ?? '';
  const choices = rows(section).filter(([choice]) => choice !== 'choice');

  test('each choice has a row with what would change it', () => {
    expect(choices.length).toBeGreaterThan(100);
    expect(choices.filter((row) => row.length !== 2 || row.includes(''))).toEqual([]);
  });

  test('it names each file of asm and ts that marks a decision someone may dispute', () => {
    const sources = ['asm', 'ts'].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
    );
    const marking = sources.filter((name) => name.endsWith('.ts') && /Decisions? someone may dispute/.test(text(name)));
    const named = new Set(choices.flatMap(([choice = '']) => codes(choice)));
    expect(marking.length).toBeGreaterThan(50);
    expect(marking.filter((name) => !named.has(name.replaceAll('\\', '/')))).toEqual([]);
  });
});

test('docs/cost-model.md says of each of its choices what would change it', () => {
  const choices = rows(marked('docs/cost-model.md', 'choices')).slice(1);
  expect(choices.length).toBeGreaterThan(5);
  expect(choices.filter((row) => row.length !== 2 || row.includes(''))).toEqual([]);
});

type Verdict = 'built' | 'not built';

/** How each kind of row is tested. */
const PROBES: Readonly<Record<string, (subject: string) => Verdict>> = {
  property: (name) => (propertiesOf(labFileSchema).has(name) ? 'built' : 'not built'),
  folder: (path) => (existsSync(path) ? 'built' : 'not built'),
  migration: (what) => (refusesMigration(what) ? 'not built' : 'built'),
  pair: (what) => (refuses(pairOn({ platform: what }), 'HA-22') ? 'not built' : 'built'),
  aggregate: (what) => (refusesAggregate(what) ? 'not built' : 'built'),
  ipv6: (what) => (refusesIpv6(what) ? 'not built' : 'built'),
  command: (line) => ('error' in parseCommand(line) ? 'not built' : 'built'),
  link: (name) => (warnsOf(pairOn({ link: name }), name) ? 'not built' : 'built'),
};

/** A pair of firewalls, with one more cable between them where a link is named. */
function pairOn({ platform = 'kvm', link = '' }): string {
  const more = link === '' ? '' : `, { endpoints: ["fw1:${link}", "fw2:${link}"] }`;
  const unit = '{ kind: firewall, on: hv, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }';
  return `name: pair
topology:
  nodes: { hv: { kind: hypervisor, platform: ${platform} }, psw: { kind: switch }, fw1: ${unit}, fw2: ${unit} }
  links: [ { endpoints: ["fw1:eth1", "psw:p1"] }, { endpoints: ["fw2:eth1", "psw:p2"] }, { endpoints: ["fw1:ha1", "fw2:ha1"] }${more} ]
ha: { pair: { group: 1, members: [ { node: fw1 }, { node: fw2 } ] } }
`;
}

/** IPv6 of a firewall with zones, of a subinterface or of a PPPoE client, or a TCP flow over it. */
function refusesIpv6(what: string): boolean {
  const ipv6 = 'ipv6: { addresses: "2001:db8::1/64" }';
  const zones = what === 'zones' ? ', zones: { in: [eth1] }' : '';
  const sub = what === 'subinterface' ? `, eth1.10: { ${ipv6} }` : '';
  const own = what === 'zones' || what === 'pppoe' ? `, ${ipv6}` : '';
  const ipv4 = what === 'pppoe' ? 'pppoe' : '10.0.0.1/24';
  const flow = what === 'tcp' ? 'flows: { f: { from: "pc:eth0", to: "2001:db8::1", protocol: tcp } }' : '';
  const lab = `name: wide
topology:
  nodes:
    hv: { kind: hypervisor }
    fw1: { kind: firewall, on: hv, interfaces: { eth1: { ipv4: ${ipv4}${own} }${sub} }${zones} }
    pc: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24, ipv6: { addresses: "2001:db8::2/64" } } } }
    psw: { kind: switch }
  links: [ { endpoints: ["fw1:eth1", "psw:p1"] }, { endpoints: ["pc:eth0", "psw:p2"] } ]
${flow}
`;
  const read = readLabFile(lab, 'wide.lab.yml');
  return !read.ok && read.findings.every(({ message }) => /IPv6/.test(message));
}

/** An aggregate of a mode, or one whose cable leads to a node of a kind. */
function refusesAggregate(what: string): boolean {
  const isMode = what === 'tap' || what === 'virtual-wire';
  const peer = isMode ? '{ kind: switch }' : `{ kind: ${what}${what === 'bridge' ? '' : ', on: hv'} }`;
  const port = what === 'nic' ? 'pf' : 'p1';
  const lab = `name: aggregate
topology:
  nodes:
    hv: { kind: hypervisor }
    fw1: { kind: firewall, on: hv, interfaces: { ae1: { mode: ${isMode ? what : 'layer3'} } }, aggregates: { ae1: { members: [eth1] } } }
    other: ${peer}
  links: [ { endpoints: ["fw1:eth1", "other:${port}"] } ]
`;
  const read = readLabFile(lab, 'aggregate.lab.yml');
  return !read.ok && read.findings.some(({ remedy }) => remedy?.includes('docs/limitations.md') === true);
}

/** Live migration beside a vSwitch that charges its forwarding to cores. */
function refusesMigration(what: string): boolean {
  return refuses(
    `name: moving
topology:
  nodes:
    hv: { kind: hypervisor, live-migration: on }
    sw: { kind: vswitch, on: hv, datapath: ovs-kernel, ${what}: 1 }
    vm: { kind: host, on: hv, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
  links: [ { endpoints: ["vm:eth0", "sw:p1"] } ]
`,
    'PCI-03',
  );
}

function refuses(lab: string, rule: string): boolean {
  const read = readLabFile(lab, 'pair.lab.yml');
  return !read.ok && read.findings.some((finding) => finding.rule === rule);
}

function warnsOf(lab: string, name: string): boolean {
  const read = readLabFile(lab, 'pair.lab.yml');
  return read.ok && read.warnings.some(({ message }) => message.startsWith(`fw1:${name} carries nothing`));
}
