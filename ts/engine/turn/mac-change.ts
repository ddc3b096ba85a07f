/** MACs of interfaces that change: a subinterface has its parent's (rule MAC-12), so its change is recorded with that one's. */
import type { EventData, Position } from '../../model/events/events.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import { subinterfacesOf } from '../../model/lab/subinterface.ts';
import type { Turn } from './turn.ts';

/** Records the change of one MAC of an interface, and of its subinterfaces. Returns the position of the first. */
export function changeMac(turn: Turn, cause: Position, data: EventData['MacAddressChanged']): Position {
  const position = turn.say('MacAddressChanged', cause, data);
  for (const { node, name } of subinterfacesOf(turn.index, endpointOf({ node: data.node, name: data.interface }))) {
    const old = turn.state.interfaces[endpointOf({ node, name })]?.[`${data.which}Mac`] ?? '';
    if (old !== data.new) turn.say('MacAddressChanged', position, { ...data, interface: name, old });
  }
  return position;
}
