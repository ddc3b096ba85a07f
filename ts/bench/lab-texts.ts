/** Lab files that the benchmarks run: written as text, because parsing and resolving them is part of what is measured. */

/** Where a flow of the engine's lab starts, and how fast it is: drawn, so that arrivals on different links never align. */
function* draws(seed: number): Generator<number, never> {
  let x = seed;
  while (true) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

const LEAVES = 8;
const HOSTS_PER_LEAF = 8;
const HOSTS = LEAVES * HOSTS_PER_LEAF;
const FLOWS_START_NS = 1_000_000;

/**
 * 64 guests on 8 hypervisors, a vSwitch on each, one learning switch between them: 72 links of 10 Gbit/s, 144 directions.
 * Guests are in 8 VLANs, one on each hypervisor, and each sends 64-byte frames to another of its VLAN, so a frame makes four
 * hops: vSwitch, switch, vSwitch, guest. Latencies, rates and starts are drawn from the seed.
 */
export function engineLabText(seed: number): string {
  const random = draws(seed);
  const draw = (below: number): number => random.next().value % below;
  const nodes: string[] = ['    core: { kind: switch }'];
  const links: string[] = [];
  const flows: string[] = [];
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const ports = Array.from({ length: HOSTS_PER_LEAF }, (_, i) => `p${i}: { vlan: ${10 + i} }`);
    nodes.push(`    esx${leaf}: { kind: hypervisor, platform: esxi }`);
    nodes.push(`    vsw${leaf}: { kind: vswitch, on: esx${leaf}, uplinks: [up], ports: { ${ports.join(', ')} } }`);
    links.push(`    - { endpoints: ["vsw${leaf}:up", "core:p${leaf}"], rate: 10Gbps, latency: ${900 + draw(200)}ns }`);
  }
  for (let host = 0; host < HOSTS; host++) {
    const leaf = host % LEAVES;
    const vlan = Math.floor(host / LEAVES);
    const name = `h${vlan}-${leaf}`;
    nodes.push(`    ${name}: { kind: host, on: esx${leaf}, interfaces: { eth0: { ipv4: 10.${vlan}.0.${1 + leaf}/24 } } }`);
    links.push(`    - { endpoints: ["${name}:eth0", "vsw${leaf}:p${vlan}"], rate: 10Gbps, latency: ${400 + draw(200)}ns }`);
    const to = (leaf + 1 + draw(LEAVES - 1)) % LEAVES;
    const startNs = FLOWS_START_NS + draw(40_000);
    flows.push(
      `  f${vlan}-${leaf}: { from: "${name}:eth0", to: 10.${vlan}.0.${1 + to}, rate: ${24_000 + draw(2000)}, size: 64, start: ${startNs}ns }`,
    );
  }
  return labText('bench-engine', nodes, links, flows, '1s');
}

/** A flow of a frame a millisecond through one switch, and a host beside it whose cable can be pulled. */
export function flappingText(): string {
  const host = (name: string, last: number): string =>
    `    ${name}: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.${last}/24 } } }`;
  const nodes = ['    sw: { kind: switch }', host('a', 1), host('b', 2), host('c', 3)];
  const links = ['a', 'b', 'c'].map((name, i) => `    - { endpoints: ["${name}:eth0", "sw:p${i + 1}"] }`);
  return labText(
    'bench-flapping',
    nodes,
    links,
    ['  up: { from: "a:eth0", to: 10.0.0.2, rate: 1000, size: 64, start: 500us }'],
    '1s',
  );
}

/** Two hosts behind a switch, and so many frames from one to the other, a hundred a millisecond. */
export function manyFramesText(name: string, frames: number): string {
  const rate = 100_000;
  const host = (node: string, last: number): string =>
    `    ${node}: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.${last}/24 } } }`;
  const links = ['a', 'b'].map((node, i) => `    - { endpoints: ["${node}:eth0", "sw:p${i + 1}"] }`);
  const flow = `  many: { from: "a:eth0", to: 10.0.0.2, rate: ${rate}, size: 64, start: 500us }`;
  return labText(name, ['    sw: { kind: switch }', host('a', 1), host('b', 2)], links, [flow], `${(frames / rate) * 1000 + 2}ms`);
}

function labText(
  name: string,
  nodes: readonly string[],
  links: readonly string[],
  flows: readonly string[],
  duration: string,
): string {
  return [
    `name: ${name}`,
    'topology:',
    '  nodes:',
    ...nodes,
    '  links:',
    ...links,
    ...(flows.length === 0 ? [] : ['flows:', ...flows]),
    `duration: ${duration}`,
    '',
  ].join('\n');
}

/**
 * A guest at a 10G line of 64-byte frames for 5 ms, through it and out again: a poll driver on its rings (DPK-01 to DPK-06), or packet
 * sockets and their blocks (MMP-03 to MMP-05).
 */
export function guestText(mode: 'dpdk' | 'mmap'): string {
  const nodes = [
    '    kvm: { kind: hypervisor, platform: kvm }',
    `    fw: { kind: firewall, on: kvm, packet-io: ${mode}, cores: 1, interfaces: { eth1: { ipv4: 10.1.0.1/24 }, eth2: { ipv4: 10.2.0.1/24 } } }`,
    '    a: { kind: host, gateway: 10.1.0.1, interfaces: { eth0: { ipv4: 10.1.0.2/24 } } }',
    '    b: { kind: host, gateway: 10.2.0.1, interfaces: { eth0: { ipv4: 10.2.0.2/24 } } }',
  ];
  const links = ['    - { endpoints: ["a:eth0", "fw:eth1"] }', '    - { endpoints: ["fw:eth2", "b:eth0"] }'];
  const flows = [
    '  meet: { from: "a:eth0", to: 10.2.0.2, rate: 100, size: 60, stop: 50ms }',
    '  load: { from: "a:eth0", to: 10.2.0.2, rate: 14880952, size: 60, start: 100ms, stop: 105ms }',
  ];
  return labText(`bench-${mode}`, nodes, links, flows, '120ms');
}

const POLLERS = 8;

/** Eight guests whose cores poll, and nothing to poll for, a minute long. */
export function idlePollersText(): string {
  const guests = Array.from({ length: POLLERS }, (_, i) => i + 1);
  const nodes = [
    '    kvm: { kind: hypervisor, platform: kvm }',
    '    sw: { kind: switch }',
    ...guests.map((i) => `    fw${i}: { kind: firewall, on: kvm, cores: 1, interfaces: { eth1: { ipv4: 10.9.0.${i}/24 } } }`),
    '    h: { kind: host, interfaces: { eth0: { ipv4: 10.9.0.100/24 } } }',
  ];
  const links = [
    ...guests.map((i) => `    - { endpoints: ["fw${i}:eth1", "sw:p${i}"] }`),
    '    - { endpoints: ["h:eth0", "sw:h"] }',
  ];
  const flow = '  late: { from: "h:eth0", to: 10.9.0.1, rate: 1, size: 60, start: 59s }';
  return labText('bench-idle', nodes, links, [flow], '60s');
}

/** One switch, nine hosts, and a flow. */
export function tenNodesText(): string {
  return starText('bench-ten', [9], '10ms');
}

const SWITCHES = 40;
const THOUSAND = 1000;

/** 1,000 hosts behind 39 switches behind one. */
export function thousandHostsText(): string {
  return starText('bench-thousand', leavesOf(THOUSAND), '1s');
}

/** How many of so many hosts are behind each of 39 switches. */
function leavesOf(hosts: number): readonly number[] {
  const leaves = SWITCHES - 1;
  return Array.from({ length: leaves }, (_, leaf) => Math.floor((hosts + leaf) / leaves));
}

/** So many hosts behind 39 switches behind one, and a DHCP server there that has addresses for all of them. */
export function leasingHostsText(hosts: number): string {
  const nodes = [
    '    core: { kind: switch }',
    '    isp:',
    '      kind: router',
    '      interfaces: { eth0: { ipv4: 10.9.255.254/16 } }',
    '      dhcp: { pools: [{ range: 10.9.0.1-10.9.7.254, prefix: 10.9.0.0/16, gateway: 10.9.255.254, lease: 3600s }] }',
  ];
  const links = ['    - { endpoints: ["isp:eth0", "core:isp"] }'];
  let host = 0;
  for (const [leaf, size] of leavesOf(hosts).entries()) {
    nodes.push(`    sw${leaf}: { kind: switch }`);
    links.push(`    - { endpoints: ["sw${leaf}:up", "core:p${leaf}"] }`);
    for (let port = 0; port < size; port++) {
      host++;
      nodes.push(`    h${host}: { kind: host, interfaces: { eth0: { ipv4: dhcp } } }`);
      links.push(`    - { endpoints: ["h${host}:eth0", "sw${leaf}:p${port}"] }`);
    }
  }
  return labText('bench-leases', nodes, links, [], '5s');
}

/** Hosts behind switches, `sizes` of them, those behind one core if there are several; the first host sends to the last. */
function starText(name: string, sizes: readonly number[], duration: string): string {
  const nodes: string[] = sizes.length > 1 ? ['    core: { kind: switch }'] : [];
  const links: string[] = [];
  let host = 0;
  for (const [leaf, size] of sizes.entries()) {
    nodes.push(`    sw${leaf}: { kind: switch }`);
    if (sizes.length > 1) links.push(`    - { endpoints: ["sw${leaf}:up", "core:p${leaf}"] }`);
    for (let port = 0; port < size; port++) {
      host++;
      nodes.push(`    h${host}: { kind: host, interfaces: { eth0: { ipv4: 10.9.${host >> 8}.${host & 255}/16 } } }`);
      links.push(`    - { endpoints: ["h${host}:eth0", "sw${leaf}:p${port}"] }`);
    }
  }
  const flow = `  ping: { from: "h1:eth0", to: 10.9.${host >> 8}.${host & 255}, rate: 1000, size: 64, start: 0s }`;
  return labText(name, nodes, links, [flow], duration);
}
