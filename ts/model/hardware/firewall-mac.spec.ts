import { describe, expect, test } from 'vitest';
import vectors from '../../../test/vectors/pan-virtual-mac.json' with { type: 'json' };
import { parseMac } from '../../values/mac.ts';
import { interfaceId, selfMac, virtualMac } from './firewall-mac.ts';

describe('interface ids of a virtual firewall (MAC-04)', () => {
  test('MAC-04: eth1 is 16, eth3 is 18, and ethernet1/1 is another spelling of eth1', () => {
    expect(['eth1', 'eth3', 'ethernet1/1'].map((name) => interfaceId(name))).toEqual([16, 18, 16]);
  });

  test('MAC-04: vlan, loopback, tunnel and the HA ports have the numbers of public listings', () => {
    for (const row of vectors.base_plus_id_check_on_hardware_listing.filter(({ id }) => id < 16)) {
      expect(interfaceId(row.name), row.name).toBe(row.id);
    }
  });

  test('a name outside the scheme has no number, whatever objects inherit', () => {
    expect(['eth0', 'eth01', 'eth241', 'Eth1', 'p1', 'constructor', ''].map((name) => interfaceId(name))).toEqual(
      Array(7).fill(null),
    );
  });
});

describe('MACs a firewall makes', () => {
  test.each([...vectors.virtual, ...vectors.virtual_active_active])(
    'HA-20: $mode group $group device $device $interface is $virtual_mac',
    ({ group, device, interface: name, interface_id, virtual_mac }) => {
      const id = name.startsWith('ethernet') ? interfaceId(name) : interface_id;
      expect(virtualMac(group, device, id ?? -1)).toBe(virtual_mac);
    },
  );

  test.each(vectors.self_generated)('MAC-06: base $vm_mac_base, $interface is $mac', ({ vm_mac_base, interface: name, mac }) => {
    expect(selfMac(macOf(vm_mac_base), interfaceId(name) ?? -1)).toBe(mac);
  });

  test.each(vectors.base_plus_id_check_on_hardware_listing)(
    'MAC-04: base plus $id is the listed MAC of $name',
    ({ base, id, mac }) => {
      expect(selfMac(macOf(base), id)).toBe(mac);
    },
  );

  test('HA-20: two pairs with one group id have one virtual MAC; another group id mends it', () => {
    const { pair_1, pair_2, fix } = vectors.same_group_collision;
    expect(virtualMac(pair_1.group, 0, 16)).toBe(virtualMac(pair_2.group, 0, 16));
    expect(virtualMac(fix.group, 0, 16)).toBe(fix.mac);
  });

  test('a group outside 0 to 63 is a broken caller', () => {
    expect(() => virtualMac(64, 0, 16)).toThrow(RangeError);
  });
});

function macOf(text: string) {
  const mac = parseMac(text);
  if (mac === null) throw new Error(`${text} is not a MAC`);
  return mac;
}
