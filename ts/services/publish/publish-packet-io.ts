/** The published form of packet I/O modes, drivers, and the users of devices. */
import { splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabState } from '../../model/state/lab-state.ts';

export function publishPacketIo(state: LabState) {
  return {
    packetIo: Object.entries(state.packetIo).map(([node, { setting, running, reason, interface: name, since }]) => {
      return { node, setting, running, reason, interface: name, since };
    }),
    drivers: Object.entries(state.drivers).map(([endpoint, { isPlugged, driver, version, mode, verdict, since }]) => {
      const { node, name } = splitEndpoint(endpoint);
      const table = state.macTables[endpoint];
      const macs = Object.entries(table ?? {}).map(([slot, mac]) => ({ slot: Number(slot), mac }));
      return { node, interface: name, plugged: isPlugged, driver, version, mode, verdict, since, ...(table && { macs }) };
    }),
    /** `user` is the guest's interface, or '' for the host. */
    devices: Object.entries(state.devices).map(([device, user]) => ({ device, user })),
  };
}
