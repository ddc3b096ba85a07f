/** Lab files to begin with: an HA pair on each platform, attached in each way that the platform has. */
import type { Platform } from '../../model/hardware/platforms.ts';
import { ATTACHED, type Attached, type Attachment } from './attachments.ts';

export const TEMPLATES = ['two-hosts', 'ha-pair'] as const;
export type Template = (typeof TEMPLATES)[number];

/** A pair on a platform. */
export interface PairChoice {
  readonly platform: Platform;
  readonly attachment: Attachment;
}

/** How each platform attaches guests, the usual way first. On gcp and oci no pair shares addresses (HA-22), so they have no pair here. */
export const PAIRS: Readonly<Partial<Record<Platform, readonly Attachment[]>>> = {
  esxi: ['vswitch', 'vf', 'passthrough'],
  nsx: ['vswitch', 'vf', 'passthrough'],
  hyperv: ['vswitch', 'vf'],
  kvm: ['bridge', 'vf', 'passthrough'],
  aws: ['fabric'],
  azure: ['fabric'],
};

/** All of them, in the order of the table. */
export function pairChoices(): readonly PairChoice[] {
  return Object.entries(PAIRS).flatMap(([platform, attachments]) =>
    attachments.map((attachment) => ({ platform: platform as Platform, attachment })),
  );
}

/** The smallest lab with traffic. */
export function twoHosts(name: string): string {
  return `# yaml-language-server: $schema=lab.schema.json
#
#   a 10.0.0.1 ── sw ── b 10.0.0.2
name: ${name}

topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    sw: { kind: switch }
  links:
    - endpoints: ["a:eth0", "sw:p1"]
    - endpoints: ["b:eth0", "sw:p2"]

flows:
  web: { from: a:eth0, to: 10.0.0.2, rate: 100 }

duration: 2s

validate:
  nothing-lost:
    expect: [ { flow: web, lost: { max: 1 } } ]
`;
}

/** An HA pair whose active unit crashes: who takes over, what hears of it, and how long traffic is gone. */
export function haPair(name: string, { platform, attachment }: PairChoice): string {
  const attached = ATTACHED[attachment](platform);
  return [
    '# yaml-language-server: $schema=lab.schema.json',
    '#',
    `# A firewall pair on ${platform}, attached by ${attached.words}.`,
    ...attached.drawing.map((line) => `#   ${line}`.trimEnd()),
    '#',
    '# At 20.5 s the active unit crashes. fw2 has missed three heartbeats at 28 s (HA-07) and is active at 30 s (HA-08).',
    ...attached.story.map((line) => `# ${line}`),
    `name: ${name}`,
    '',
    ...topology(platform, attached),
    ...haSection(attached),
    ...traffic(attached),
    '',
  ].join('\n');
}

function topology(platform: Platform, attached: Attached): string[] {
  const { option, unit, nodes, links } = attached;
  return [
    'topology:',
    ...(option ? ['  kinds:', '    firewall: { use-hypervisor-mac: on }'] : []),
    '  nodes:',
    `    hv1: { kind: hypervisor, platform: ${platform} }`,
    `    hv2: { kind: hypervisor, platform: ${platform} }`,
    ...[1, 2].flatMap((number) => firewall(number, unit)),
    ...nodes.map((line) => `    ${line}`),
    `    client: { kind: host, gateway: ${attached.client.gateway}, interfaces: { eth0: { ipv4: ${attached.client.ipv4}/24 } } }`,
    `    server: { kind: host, gateway: ${attached.server.gateway}, interfaces: { eth0: { ipv4: ${attached.server.ipv4}/24 } } }`,
    '  links:',
    ...[...links, '["fw1:ha1", "fw2:ha1"]'].map((ends) => `    - endpoints: ${ends}`),
    '',
  ];
}

function firewall(number: number, { inside, outside, routes }: Attached['unit']): string[] {
  return [
    `    fw${number}:`,
    '      kind: firewall',
    `      on: hv${number}`,
    '      interfaces:',
    `        eth1: { ipv4: ${inside}/24 }`,
    `        eth2: { ipv4: ${outside}/24 }`,
    `        ha1: { mode: ha, ipv4: 10.255.0.${number}/30 }`,
    ...(routes === '' ? [] : [`      routes: ${routes}`]),
  ];
}

function haSection({ cloud }: Attached): string[] {
  return [
    'ha:',
    '  edge:',
    '    group: 1',
    '    timers: recommended',
    '    members:',
    '      - { node: fw1, priority: 50 } # the lower value wins (HA-06)',
    '      - { node: fw2, priority: 100 }',
    ...(cloud === '' ? [] : [`    cloud: ${cloud}`]),
    '',
  ];
}

function traffic({ client, server, outage, checks }: Attached): string[] {
  return [
    'flows:',
    `  up: { from: client:eth0, to: ${server.ipv4}, rate: 100, start: 10s, stop: 59.9s }`,
    `  down: { from: server:eth0, to: ${client.ipv4}, rate: 100, start: 10s, stop: 59.9s }`,
    '',
    'duration: 60s',
    '',
    'steps:',
    '  - { at: 20.5s, run: crash fw1 }',
    '',
    'validate:',
    '  takeover:',
    '    description: fw2 is active one promotion hold after it declared its peer failed (HA-07, HA-08).',
    '    expect:',
    '      - { ha: fw1, state: active, at: 20s }',
    '      - { event: HaStateChanged, where: { node: fw2, to: active }, count: 1, from: 30s, to: 30s }',
    ...checks.map((line) => `      - ${line}`),
    '  outage:',
    '    description: Traffic is gone from the crash until neighbours send to fw2.',
    '    expect:',
    `      - { flow: up, longest-gap: { min: ${outage.min}, max: ${outage.max} } }`,
    `      - { flow: down, longest-gap: { min: ${outage.min}, max: ${outage.max} } }`,
  ];
}
