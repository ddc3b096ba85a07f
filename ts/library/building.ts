/**
 * The building verbs, mininet's: `addHost`, `addSwitch`, `addLink` and those of the other kinds. They only write down; the reader of lab
 * files judges it all when the lab is validated or begins, so that every mistake is told at once.
 */
import type { NodeKind } from '../model/lab/nodes.ts';
import type { RawFlag } from '../topology/draft/raw.ts';
import type { Path } from '../topology/draft/source-document.ts';
import { LabDocument, type LabOrigin, quoted } from './lab-document.ts';
import type {
  FlowOptions,
  HaMemberOptions,
  HaPairOptions,
  HostOptions,
  LabExpectation,
  LabOptions,
  LinkEnd,
  LinkOptions,
  NodeOptions,
} from './options.ts';

/** How the interfaces of a kind are called, and the number of the first. NICs have functions instead; a hypervisor has none. */
const INTERFACES: Readonly<Partial<Record<NodeKind, readonly [prefix: string, first: number]>>> = {
  host: ['eth', 0],
  router: ['eth', 0],
  firewall: ['eth', 1],
  switch: ['p', 1],
  vswitch: ['p', 1],
  bridge: ['p', 1],
};

/** Builds a lab. Each verb returns the name it gave, for use in the next one. */
export abstract class LabBuilder {
  protected readonly document: LabDocument;

  /** @throws LabInvalid when a text is no YAML. */
  constructor(origin: LabOrigin, options: LabOptions = {}) {
    this.document = new LabDocument(origin);
    for (const [key, value] of Object.entries(options)) this.document.set([key], value, `new Lab(${quoted(this.name)}) ${key}`);
  }

  /** Name of the lab. */
  get name(): string {
    return this.document.name;
  }

  /** A hypervisor or a cloud, on which vSwitches, NICs and virtual machines run. */
  addHypervisor(name: string, options: NodeOptions<'hypervisor'> = {}): string {
    return this.#node('addHypervisor', 'hypervisor', name, options);
  }

  /** A virtual switch of a hypervisor, with its policies. */
  addVswitch(name: string, options: NodeOptions<'vswitch'> = {}): string {
    return this.#node('addVswitch', 'vswitch', name, options);
  }

  /** A physical switch that learns. */
  addSwitch(name: string, options: NodeOptions<'switch'> = {}): string {
    return this.#node('addSwitch', 'switch', name, options);
  }

  /** A bridge of a hypervisor's host: Linux's or Open vSwitch. */
  addBridge(name: string, options: NodeOptions<'bridge'> = {}): string {
    return this.#node('addBridge', 'bridge', name, options);
  }

  /** An SR-IOV NIC of a hypervisor's host. */
  addNic(name: string, options: NodeOptions<'nic'> = {}): string {
    return this.#node('addNic', 'nic', name, options);
  }

  /** A virtual firewall. */
  addFirewall(name: string, options: NodeOptions<'firewall'> = {}): string {
    return this.#node('addFirewall', 'firewall', name, options);
  }

  /** An end host. `{ ipv4, mac }` are those of its first interface, eth0. */
  addHost(name: string, { ipv4, mac, ...options }: HostOptions = {}): string {
    if (ipv4 === undefined && mac === undefined) return this.#node('addHost', 'host', name, options);
    const eth0 = { ...options.interfaces?.['eth0'], ...(ipv4 !== undefined && { ipv4 }), ...(mac !== undefined && { mac }) };
    return this.#node('addHost', 'host', name, { ...options, interfaces: { ...options.interfaces, eth0 } });
  }

  /** A router. */
  addRouter(name: string, options: NodeOptions<'router'> = {}): string {
    return this.#node('addRouter', 'router', name, options);
  }

  /**
   * A cable. An end is "node:interface", or a node alone: then its next interface without a cable is taken, eth0 and on of a host
   * or router, eth1 and on of a firewall, p1 and on of a switch. Functions of a NIC are always named ("nic1:vf0").
   * @returns both ends, "node:interface".
   */
  addLink(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): readonly [a: string, b: string] {
    const first = this.#endpoint(a, []);
    const second = this.#endpoint(b, [nameOf(first)]);
    const call = `addLink(${quoted(nameOf(a))}, ${quoted(nameOf(b))})`;
    this.#push(['topology', 'links'], { endpoints: [first, second], ...options }, call);
    return [nameOf(first), nameOf(second)];
  }

  /** An HA pair of two firewalls: names, or maps with `node`, `priority`, `preemptive` and so on. */
  addHaPair(name: string, members: readonly (string | HaMemberOptions)[], options: HaPairOptions = {}): string {
    const maps = members.map((member) => (typeof member === 'string' ? { node: member } : member));
    return this.#named('addHaPair', ['ha'], name, { ...options, members: maps });
  }

  /** Frames at a constant rate from an interface to an address. */
  addFlow(name: string, options: FlowOptions): string {
    return this.#named('addFlow', ['flows'], name, options);
  }

  /** A command at a virtual time of `run`: addStep('20.5s', 'crash fw1'). */
  addStep(at: string, command: string): void {
    this.#push(['steps'], { at, run: command }, `addStep(${quoted(at)}, ${quoted(command)})`);
  }

  /** What `run` must show; its verdict is in the report. */
  addCheck(name: string, expect: readonly LabExpectation[], description = ''): string {
    return this.#named('addCheck', ['validate'], name, { ...(description !== '' && { description }), expect });
  }

  /** Properties of every node of a kind; those of a node are stronger. */
  setKind<K extends NodeKind>(kind: K, options: NodeOptions<K>): void {
    this.mayBuild('setKind');
    this.document.set(['topology', 'kinds', kind], options, `setKind(${quoted(kind)})`);
  }

  /** The lab as the text of a lab file, which gives the same lab and the same chain. */
  toYaml(): string {
    return this.document.toYaml();
  }

  /** @throws LabMisused once the lab has begun. */
  protected abstract mayBuild(verb: string): void;

  #node(verb: string, kind: NodeKind, name: string, options: { readonly [property: string]: unknown }): string {
    return this.#named(verb, ['topology', 'nodes'], name, { kind, ...options });
  }

  #named(verb: string, path: Path, name: string, value: object): string {
    this.mayBuild(verb);
    if (this.document.get([...path, name]) !== undefined) {
      throw new RangeError(`${verb}(${quoted(name)}): there is a "${name}" already`);
    }
    this.document.set([...path, name], value, `${verb}(${quoted(name)})`);
    return name;
  }

  #push(path: Path, value: object, call: string): void {
    this.mayBuild(call);
    this.document.push(path, value, call);
  }

  /** An end with its interface. What names no node of this lab stays as it is: the reader says so. */
  #endpoint(end: LinkEnd, taken: readonly string[]): LinkEnd {
    if (typeof end !== 'string') {
      if (end.node === undefined || end.interface !== undefined) return end;
      return { ...end, interface: this.#freeInterface(end.node, taken) ?? undefined };
    }
    const name = end.includes(':') ? null : this.#freeInterface(end, taken);
    return name === null ? end : `${end}:${name}`;
  }

  #freeInterface(node: string, taken: readonly string[]): string | null {
    const made = this.document.get(['topology', 'nodes', node]) as NodeOptions<'firewall'> & { kind?: NodeKind };
    const form = INTERFACES[made?.kind ?? 'hypervisor'];
    if (form === undefined) return null;
    const used = new Set([...this.#ends(), ...taken]);
    const isFree = (name: string): boolean => !used.has(`${node}:${name}`);
    const declared = Object.entries(made.interfaces ?? {}).find(([name, iface]) => iface?.mode !== 'ha' && isFree(name));
    if (declared !== undefined) return declared[0];
    const [prefix, first] = form;
    let number = first;
    while (!isFree(`${prefix}${number}`)) number++;
    return `${prefix}${number}`;
  }

  /** Ends of the links so far. */
  #ends(): string[] {
    const links = (this.document.get(['topology', 'links']) ?? []) as readonly LinkOptionsWithEnds[];
    return links.flatMap((link) => (Array.isArray(link?.endpoints) ? link.endpoints.map(nameOf) : []));
  }
}

type LinkOptionsWithEnds = { readonly endpoints?: readonly LinkEnd[]; readonly reserved?: RawFlag } | undefined;

function nameOf(end: LinkEnd): string {
  return typeof end === 'string' ? end : `${end.node ?? ''}${end.interface === undefined ? '' : `:${end.interface}`}`;
}
