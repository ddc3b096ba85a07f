/*
 * The C baseline of the forwarding benchmark: the data plane's work for one learning switch, on the same structures (lab.h).
 *
 * One poll of port p: a burst of frames is born from the pool on its tester port, the switch receives, learns, looks up and
 * sends each, and the tester drains what waits for port p.
 *
 *   cc -O3 -march=native -o forward bench/forward.c && ./forward PORTS STATIONS BURST POLLS WARMUP_POLLS
 *
 * Prints: nanoseconds of processor time, frames delivered, digest of all of them in order (hex), frames dropped.
 */
#include "lab.h"

enum { NODE_SWITCH = 2, NODE_INSPECTS_ARP = 8 };

/* -- Learning ------------------------------------------------------------------------------------------------------ */

static bool expired(const struct fdb_entry *entry) { return entry->expires_ns <= lab.now_ns; }

static struct fdb_entry *fdb_find(const struct node *node, uint64_t key) {
  struct fdb_entry *entry = &node->fdb[slot_of(node, key)];
  return entry->key == key && !expired(entry) ? entry : NULL;
}

static bool fdb_learn(struct node *node, uint64_t key, uint32_t port, uint32_t cause) {
  struct fdb_entry *entry = &node->fdb[slot_of(node, key)];
  if (entry->key == key) {
    if (entry->expires_ns == STATIC) return true;
    if (entry->port != port) {
      if (!expired(entry)) node->moved++;
      lab.ports[entry->port].learn_count--;
      lab.ports[port].learn_count++;
      entry->port = port;
      entry->cause = cause;
    }
    entry->expires_ns = lab.now_ns + node->ageing_ns;
    return true;
  }
  if (node->fdb_count >= node->fdb_limit) return false;
  node->fdb_count++;
  lab.ports[port].learn_count++;
  *entry = (struct fdb_entry){.key = key, .expires_ns = lab.now_ns + node->ageing_ns, .port = port, .cause = cause};
  return true;
}

/* -- The switch ---------------------------------------------------------------------------------------------------- */

static bool is_access(const struct port *port) { return port->vlan != 0 && port->vlan != VLAN_TRUNK; }

static uint32_t tagged_for(bool keeps_tag, uint32_t vid, uint32_t vlan) {
  return keeps_tag && vid != 0 ? VLAN_TAGGED | (vlan & 0xf000) | vid : 0;
}

static __attribute__((noinline)) void flood(struct node *node, uint32_t index, struct buffer *buffer, uint32_t vlan, uint32_t vid) {
  uint32_t recipients = 0;
  for (uint32_t i = node->first_port; i < node->first_port + node->port_count; i++) {
    struct port *port = &lab.ports[i];
    if (i == index || (port->flags & PORT_UP) == 0) continue;
    if (is_access(port) && port->vlan != vid) continue;
    buffer->refs++;
    send_frame(i, buffer, tagged_for(!is_access(port), vid, vlan));
    recipients++;
  }
  if (recipients == 0) {
    drop_frame(buffer, index);
    return;
  }
  node->copied += recipients - 1;
  let_go(buffer);
}

static void forward_switch(struct node *node, uint32_t index, struct buffer *buffer, uint32_t vlan) {
  struct port *port = &lab.ports[index];
  uint32_t tag = (vlan & VLAN_TAGGED) != 0 ? vlan & 0xfff : 0;
  bool access = is_access(port);
  if ((port->flags & (PORT_BLOCKED | PORT_DISABLED)) != 0 || (access && tag != 0)) {
    drop_frame(buffer, index);
    return;
  }
  if (port->arp_limit != 0 || (node->flags & NODE_INSPECTS_ARP) != 0) abort();
  uint32_t vid = access ? port->vlan : tag;
  uint8_t *bytes = bytes_of(buffer);
  uint64_t source = mac_at(bytes + 6);
  if (!is_group(source)) {
    if (port->learn_limit != 0) abort();
    fdb_learn(node, fdb_key(vid, source), index, buffer->cause);
  }
  uint64_t destination = mac_at(bytes);
  struct fdb_entry *known = is_group(destination) ? NULL : fdb_find(node, fdb_key(vid, destination));
  if (known == NULL) {
    flood(node, index, buffer, vlan, vid);
    return;
  }
  if (known->port == index) {
    drop_frame(buffer, index);
    return;
  }
  send_frame(known->port, buffer, tagged_for(!is_access(&lab.ports[known->port]), vid, vlan));
}

static void receive(uint32_t index, struct buffer *buffer, uint32_t vlan) {
  struct port *port = &lab.ports[index];
  struct node *node = &lab.nodes[port->node];
  if (lab.trace_on != 0) trace(index, buffer);
  if ((port->flags & PORT_UP) == 0) {
    drop_frame(buffer, index);
    return;
  }
  port->rx_frames++;
  port->rx_bytes += buffer->length;
  if (node->power == 0 || buffer->length < ETHERNET_HEADER || buffer->length > port->frame_max) drop_frame(buffer, index);
  else if (node->kind == NODE_SWITCH) forward_switch(node, index, buffer, vlan);
  else abort();
}

/* -- The tester ---------------------------------------------------------------------------------------------------- */

static void bear(uint32_t port) {
  uint32_t x = draw();
  uint32_t mask = tester.ports - 1;
  uint32_t from = (x & 0xffff & (tester.stations - 1) & ~mask) | port;
  uint32_t to = x >> 16 & (tester.stations - 1);
  if ((to & mask) == port) to ^= 1;
  struct buffer *buffer = bear_frame(tester.ports + port, FRAME_BYTES, DEFINITION);
  store_mac(bytes_of(buffer), station_mac(to));
  store_mac(bytes_of(buffer) + 6, station_mac(from));
  send_frame(tester.ports + port, buffer, 0);
}

static void poll(uint32_t polls, uint32_t size) { poll_in_turn(polls, size, bear, 0); }

/* -- Setting up ---------------------------------------------------------------------------------------------------- */

static void set_up(uint32_t ports, uint32_t stations) {
  set_up_lab(NODE_SWITCH, ports, stations, ACCESS_VLAN, stations);
  for (uint32_t i = 0; i < stations; i++) {
    fdb_learn(&lab.nodes[0], fdb_key(ACCESS_VLAN, station_mac(i)), i & (ports - 1), DEFINITION);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: forward PORTS STATIONS BURST POLLS WARMUP_POLLS\n");
    return 2;
  }
  uint32_t size = (uint32_t)atoi(argv[3]);
  set_up((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
  poll((uint32_t)atoi(argv[5]), size);
  uint64_t start = processor_ns();
  poll((uint32_t)atoi(argv[4]), size);
  uint64_t ns = processor_ns() - start;
  print_result(ns, tester.digest);
  return 0;
}
