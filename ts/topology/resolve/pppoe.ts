/** PPPoE: clients among the interfaces, and concentrators among the nodes (rules LEASE-06, LEASE-07). */
import { type Endpoint, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { PPPOE_MTU, type PppEchoes, type PppoeConcentrator } from '../../model/lab/pppoe.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { ipv4ToNumber, parseIpv4Range, prefixContains } from '../../values/ipv4-address.ts';
import { nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf } from '../draft/draft.ts';
import { PPPOE_SESSIONS_MAX } from '../draft/limits.ts';
import type { RawPppoeClient } from '../draft/raw-leases.ts';
import type { Path } from '../draft/source-document.ts';

const PPPOE = 'pppoe';
/** As rp-pppoe comes (LCP_INTERVAL and LCP_FAILURE in pppoe.conf). */
const ECHO = nanos(20e9);
const ECHO_FAILURES = 3;

/** Adds to interfaces and nodes what the file says about PPPoE, and says what is wrong with it. */
export function resolvePppoe(draft: Draft): void {
  for (const [endpoint, iface] of draft.interfaces) {
    const client = clientOf(draft, endpoint, iface);
    if (client !== null) draft.interfaces.set(endpoint, client);
  }
  for (const node of draft.nodes.values()) {
    const resolved = draft.resolved.get(node.name);
    if (node.raw.pppoe === undefined || (resolved?.kind !== 'host' && resolved?.kind !== 'router')) continue;
    const concentrator = concentratorOf(draft, node);
    if (concentrator !== null) draft.resolved.set(node.name, { ...resolved, pppoeConcentrator: concentrator });
  }
}

function echoesOf(draft: Draft, path: Path, raw: RawPppoeClient): PppEchoes {
  const echoNs = durationOf(raw['echo-interval'], ECHO);
  if (echoNs === 0) draft.error([...path, 'echo-interval'], 'an interval is longer than 0');
  return { echoNs, echoFailures: raw['echo-failures'] ?? ECHO_FAILURES };
}

/** The interface as a client; null where it is none. */
function clientOf(draft: Draft, endpoint: Endpoint, iface: LabInterface): LabInterface | null {
  const node = draft.nodes.get(splitEndpoint(endpoint).node);
  const raw = node?.raw.interfaces?.[iface.name];
  if (node === undefined || !raw) return null;
  const settings = raw['pppoe-client'];
  if (raw.ipv4 !== PPPOE) {
    if (settings !== undefined && !draft.isNodeBroken(node, 'interfaces', iface.name, 'ipv4')) {
      draft.errorAtKey(draft.whereOfInterface(endpoint, 'pppoe-client'), `${endpoint} has pppoe-client, but no session`, {
        remedy: 'write ipv4: pppoe, or remove pppoe-client',
      });
    }
    return null;
  }
  checkClient(draft, node, endpoint, iface);
  const echoes = echoesOf(draft, draft.where(node, 'interfaces', iface.name, 'pppoe-client'), settings ?? {});
  return { ...iface, mtu: sessionMtu(draft, node, iface), pppoe: echoes };
}

function checkClient(draft: Draft, { kind }: DraftNode, endpoint: Endpoint, iface: LabInterface): void {
  const isData = iface.mode === 'layer3' && !(kind === 'firewall' && iface.name === MANAGEMENT);
  const what = isData ? `${endpoint} is an interface of a ${kind}` : `${endpoint} is no layer-3 data interface`;
  if (!isData || (kind !== 'host' && kind !== 'firewall'))
    draft.error(
      draft.whereOfInterface(endpoint, 'ipv4'),
      `${what}; only data interfaces of hosts and firewalls ask for PPPoE sessions`,
    );
  if (iface.ipv6 !== undefined)
    draft.errorAtKey(draft.whereOfInterface(endpoint, 'ipv6'), `IPv6 in PPPoE sessions is not built: ${endpoint} has IPv4 alone`);
}

/** A packet in a session is 8 bytes shorter than one in a frame (RFC 2516, section 7). */
function sessionMtu(draft: Draft, node: DraftNode, iface: LabInterface): LabInterface['mtu'] {
  const own = node.raw.interfaces?.[iface.name]?.mtu;
  if (own !== undefined && own > PPPOE_MTU) {
    const path = draft.where(node, 'interfaces', iface.name, 'mtu');
    draft.error(path, `${node.name}:${iface.name} ends PPPoE sessions: its MTU is at most ${PPPOE_MTU}`, { rule: 'LEASE-06' });
  }
  return Math.min(iface.mtu, PPPOE_MTU);
}

/** Null where the interface or the range is nothing that sessions can be given on. */
function concentratorOf(draft: Draft, node: DraftNode): PppoeConcentrator | null {
  const { pppoe: raw = {} } = node.raw;
  const { interface: name } = raw;
  const range = parseIpv4Range(raw.range ?? '');
  const echoes = echoesOf(draft, draft.where(node, PPPOE), raw);
  if (name === undefined || range === null) return null;
  const endpoint = `${node.name}:${name}`;
  const iface = draft.interfaces.get(endpoint);
  if (iface === undefined) {
    const names = draft.interfaceNamesOf(node.name);
    if (!draft.isMeant(node.name, name))
      draft.error(draft.where(node, PPPOE, 'interface'), `${node.name} has no interface "${name}"${suggestion(name, names)}`);
    return null;
  }
  const [first, last] = range;
  const own = iface.ipv4[0];
  const where = draft.where(node, PPPOE, 'range');
  const outside = own === undefined ? first : range.find((ip) => !prefixContains(own, ip));
  if (outside !== undefined) draft.error(where, `${outside} is not in the network of ${endpoint}`, { rule: 'LEASE-06' });
  else if (ipv4ToNumber(last) - ipv4ToNumber(first) >= PPPOE_SESSIONS_MAX)
    draft.error(where, `the range has more than ${PPPOE_SESSIONS_MAX} addresses`);
  draft.interfaces.set(endpoint, { ...iface, mtu: sessionMtu(draft, node, iface) });
  return { interface: name, first, last, ...echoes };
}
