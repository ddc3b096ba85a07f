/** Rules HST-01 and HST-02: one frame at a learning switch, a physical one or a bridge. */
import { activeOf, bondOf, type Decision, isGroup, type Port, type Recipient, type Standing, tagFor } from './standing.ts';
import { type Frame, type LearningSwitchDescription, TRUNK } from './switch-model.ts';

export function decideSwitch(
  standing: Standing,
  { tableSize }: LearningSwitchDescription,
  nowNs: number,
  ingress: Port,
  frame: Frame,
): Decision {
  const tagged = frame.tag?.id ?? 0;
  if (isAccess(ingress) && tagged !== 0) return { drop: 'vlan-mismatch' };
  if (activeOf(standing, ingress) !== ingress) return { drop: 'port-blocked' };
  const vlan = isAccess(ingress) ? ingress.vlan : tagged;
  learn(standing, tableSize, nowNs, ingress, vlan, frame);

  const recipient = (port: Port): Recipient => ({
    port,
    tag: isAccess(port) ? null : tagFor(vlan, frame.tag),
    refusal: port.hasCarrier ? null : 'link-down',
  });
  const known = isGroup(frame.dst) ? null : standing.learned.find(vlan, frame.dst);
  if (known === null) {
    const own = bondOf(standing, ingress);
    const others = standing.ports.filter(
      (port) => !own.includes(port) && activeOf(standing, port) === port && port.hasCarrier && carries(port, vlan),
    );
    return others.length === 0 ? { drop: 'no-recipient' } : { recipients: others.map(recipient) };
  }
  const owner = standing.ports.find(({ name }) => name === known.port) ?? ingress;
  const out = activeOf(standing, owner);
  return out === ingress ? { drop: 'no-recipient' } : { recipients: [recipient(out)] };
}

/** A full table takes nothing new, but what it has it refreshes and moves. */
function learn(standing: Standing, tableSize: number, nowNs: number, ingress: Port, vlan: number, { src }: Frame): void {
  const { learned } = standing;
  if (isGroup(src)) return;
  if (learned.find(vlan, src) === null && learned.size >= tableSize) return;
  learned.learn({ vlan, mac: src, port: bondOf(standing, ingress)[0]?.name ?? ingress.name, seenNs: nowNs });
}

function isAccess(port: Port): boolean {
  return port.vlan !== 0 && port.vlan !== TRUNK;
}

function carries(port: Port, vlan: number): boolean {
  return !isAccess(port) || port.vlan === vlan;
}
