/*
 * The C baseline of IPv6 forwarding: the path of asm/decide/layer3-ipv6.ts through a router, with its routes (routes6.ts) and its
 * neighbours (neighbour.ts), on the structures of lab.h. Addresses are two halves in wire order, as in asm/frame/ipv6.ts.
 *
 * The router has 2001:db8:0:<port>::/64 behind each port, and every station's address is resolved. Every frame is IPv6 from a station
 * behind one port to a station behind another.
 *
 *   cc -O3 -march=native -o route6 bench/route6.c && ./route6 PORTS STATIONS BURST POLLS WARMUP_POLLS
 *
 * Prints: nanoseconds of processor time, frames delivered, digest of all of them in order (hex), frames dropped.
 */
#include "lab.h"

enum {
  NODE_LAYER3 = 3,
  NODE_HA_MEMBER = 1,
  NODE_FORWARDS = 2,
  PORT_RINGS = 65536,
  PORT_UNROUTED = 262144 | 524288 | 1048576,
  PORT_MEMBER = 33554432,
  PORT_HA = 2048,
  EMPTY = 0,
  RESOLVED = 2,
  LOCAL = 1,
  CONNECTED = 2,
  PAYLOAD_LENGTH = 18,
  NEXT_HEADER = 20,
  HOP_LIMIT = 21,
  SOURCE = 22,
  DESTINATION = 38,
  HEADER_BYTES = 40,
  NO_NEXT_HEADER = 59,
};
#define BROADCAST MAC_MASK
#define ROUTER_MAC 0x06ull
#define WIDE 0x80000000u
/* 2001:db8::, its first byte in the lowest place. */
#define NETWORK 0xb80d0120ull
#define OWN 0xfffeu

struct route {
  uint64_t high, low, mask_high, mask_low, via_high, via_low;
  uint32_t port, kind, prefix;
} __attribute__((aligned(64)));

struct neighbour {
  uint32_t hash;
  uint16_t state, probing;
  uint64_t mac, reachable_until_ns, high, low;
  uint32_t port, cause, sent_for, head, tail;
  uint16_t frames, session;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct neighbour) == 64, "an entry is one line");

/* What lab.h has no place for: routes and neighbours of the one node, and the provenance of its routes. */
static struct {
  struct route *routes;
  struct neighbour *neighbours;
  uint32_t route_count, neighbour_slots, ha_active, gate_cause, route_cause, defined_up_to;
} * router;

/* -- Layer 3 ------------------------------------------------------------------------------------------------------- */

static uint64_t half_at(const uint8_t *at) {
  uint64_t half;
  memcpy(&half, at, 8);
  return half;
}

static void store_half(uint8_t *at, uint64_t half) { memcpy(at, &half, 8); }

static uint32_t payload_length(const uint8_t *bytes) { return (uint32_t)bytes[PAYLOAD_LENGTH] << 8 | bytes[PAYLOAD_LENGTH + 1]; }

static bool is_good_packet(const uint8_t *bytes, uint32_t length) {
  if (length < ETHERNET_HEADER + HEADER_BYTES || bytes[ETHERNET_HEADER] >> 4 != 6) return false;
  return ETHERNET_HEADER + HEADER_BYTES + payload_length(bytes) <= length;
}

static bool is_multicast(uint64_t high) { return (high & 0xff) == 0xff; }

static bool is_link_local(uint64_t high) { return (high & 0xc0ff) == 0x80fe; }

static bool is_gated(const struct node *node, const struct port *port) {
  return (node->flags & NODE_HA_MEMBER) != 0 && router->ha_active == 0 && (port->flags & PORT_HA) == 0;
}

static const struct route *find_route(uint64_t high, uint64_t low) {
  for (uint32_t i = 0; i < router->route_count; i++) {
    const struct route *route = &router->routes[i];
    if ((high & route->mask_high) == route->high && (low & route->mask_low) == route->low) return route;
  }
  return NULL;
}

static uint64_t rotated(uint64_t value, uint32_t by) { return value << by | value >> (64 - by); }

/* Of MurmurHash3, as in asm/decide/neighbour-table.ts. */
static uint32_t hash_of(uint64_t high, uint64_t low) {
  return (uint32_t)((rotated(low, 16) ^ rotated(high, 32)) * 0xc4ceb9fe1a85ec53ull >> 32);
}

static struct neighbour *neighbour_of(uint32_t port, uint64_t high, uint64_t low) {
  uint32_t mask = router->neighbour_slots - 1;
  uint32_t slot = (hash_of(high, low) * 0x9e3779b1u >> 12) & mask;
  while (true) {
    struct neighbour *entry = &router->neighbours[slot];
    if (entry->state == EMPTY || (entry->low == low && entry->high == high && entry->port == (port | WIDE))) return entry;
    slot = (slot + 1) & mask;
  }
}

static void because_of(struct buffer *buffer, uint32_t cause) {
  if (cause > router->defined_up_to && buffer->refs == 1) abort();
}

static uint32_t later(uint32_t a, uint32_t b) {
  uint32_t last = a > b ? a : b;
  if (last > router->defined_up_to) abort();
  return last;
}

static void send_to_neighbour(uint32_t index, uint64_t high, uint64_t low, struct buffer *buffer) {
  struct neighbour *entry = neighbour_of(index, high, low);
  if (entry->state != RESOLVED) abort();
  if (entry->reachable_until_ns <= lab.now_ns && entry->probing == 0) abort();
  struct port *port = &lab.ports[index];
  store_mac(bytes_of(buffer), entry->mac);
  store_mac(bytes_of(buffer) + 6, port->used_mac);
  because_of(buffer, later(entry->sent_for, port->mac_cause));
  send_frame(index, buffer, 0);
}

static void pass_on(const struct node *node, struct buffer *buffer, const struct route *route, uint64_t high, uint64_t low) {
  const struct port *out = &lab.ports[route->port];
  if (payload_length(bytes_of(buffer)) + HEADER_BYTES > out->mtu || is_gated(node, out)) {
    drop_frame(buffer, route->port);
    return;
  }
  if (buffer->refs != 1) abort();
  bytes_of(buffer)[HOP_LIMIT]--;
  if (later(router->gate_cause, router->route_cause) > router->defined_up_to) abort();
  bool connected = route->kind == CONNECTED;
  send_to_neighbour(route->port, connected ? high : route->via_high, connected ? low : route->via_low, buffer);
}

static void receive_layer3(const struct node *node, const struct port *port, uint32_t index, struct buffer *buffer, uint32_t vlan) {
  uint8_t *bytes = bytes_of(buffer);
  if (is_gated(node, port) || (port->flags & PORT_UNROUTED) != 0 || (vlan & 0xfff) != 0) {
    drop_frame(buffer, index);
    return;
  }
  uint64_t destination = mac_at(bytes);
  bool is_ipv6 = bytes[12] == 0x86 && bytes[13] == 0xdd;
  if ((destination != port->used_mac && destination != BROADCAST) || !is_ipv6 || !is_good_packet(bytes, buffer->length)) {
    drop_frame(buffer, index);
    return;
  }
  uint64_t high = half_at(bytes + DESTINATION), low = half_at(bytes + DESTINATION + 8);
  if (is_multicast(high)) abort();
  const struct route *route = find_route(high, low);
  if (route != NULL && route->kind == LOCAL) abort();
  if ((node->flags & NODE_FORWARDS) == 0 || is_group(destination) || is_link_local(high)) abort();
  if (bytes[HOP_LIMIT] <= 1 || route == NULL) {
    drop_frame(buffer, index);
    return;
  }
  pass_on(node, buffer, route, high, low);
}

static void receive(uint32_t index, struct buffer *buffer, uint32_t vlan) {
  struct port *port = &lab.ports[index];
  struct node *node = &lab.nodes[port->node];
  if (lab.trace_on != 0) trace(index, buffer);
  if ((port->flags & (PORT_UP | PORT_RINGS | PORT_MEMBER)) != PORT_UP) {
    drop_frame(buffer, index);
    return;
  }
  port->rx_frames++;
  port->rx_bytes += buffer->length;
  if (node->power == 0 || buffer->length < ETHERNET_HEADER || buffer->length > port->frame_max) drop_frame(buffer, index);
  else if (node->kind == NODE_LAYER3) receive_layer3(node, port, index, buffer, vlan);
  else abort();
}

/* -- The tester ---------------------------------------------------------------------------------------------------- */

static uint64_t high_of(uint32_t port) { return NETWORK | (uint64_t)port << 56; }

static uint64_t low_of(uint32_t station) { return (uint64_t)__builtin_bswap16((uint16_t)station) << 48; }

static void fill_packet(uint8_t *bytes, uint32_t from, uint32_t to) {
  uint32_t mask = tester.ports - 1;
  /* EtherType, version, no class, no label, length of the payload. */
  store_half(bytes + 12, 0x060000000060dd86ull);
  bytes[NEXT_HEADER] = NO_NEXT_HEADER;
  bytes[HOP_LIMIT] = 64;
  store_half(bytes + SOURCE, high_of(from & mask));
  store_half(bytes + SOURCE + 8, low_of(from));
  store_half(bytes + DESTINATION, high_of(to & mask));
  store_half(bytes + DESTINATION + 8, low_of(to));
}

static void bear(uint32_t port) {
  uint32_t x = draw();
  uint32_t mask = tester.ports - 1;
  uint32_t from = (x & 0xffff & (tester.stations - 1) & ~mask) | port;
  uint32_t to = x >> 16 & (tester.stations - 1);
  to ^= (to & mask) == port;
  struct buffer *buffer = bear_frame(tester.ports + port, FRAME_BYTES, DEFINITION);
  store_mac(bytes_of(buffer), lab.ports[port].used_mac);
  store_mac(bytes_of(buffer) + 6, station_mac(from));
  fill_packet(bytes_of(buffer), from, to);
  send_frame(tester.ports + port, buffer, 0);
}

/* The header is folded from its payload's length on: next header and hop limit, too. */
static void poll(uint32_t polls, uint32_t size) { poll_in_turn(polls, size, bear, PAYLOAD_LENGTH); }

/* -- Setting up ---------------------------------------------------------------------------------------------------- */

static void set_up_routes(uint32_t ports, uint32_t stations) {
  router->routes = lines(ports * 2, sizeof *router->routes);
  for (uint32_t port = 0; port < ports; port++) {
    uint64_t high = high_of(port);
    router->routes[port] = (struct route){.high = high, .low = low_of(OWN), .mask_high = UINT64_MAX, .mask_low = UINT64_MAX};
    router->routes[port].kind = LOCAL;
    router->routes[port].prefix = 128;
    router->routes[port].port = port;
    router->routes[ports + port] = (struct route){.high = high, .mask_high = UINT64_MAX, .port = port, .kind = CONNECTED, .prefix = 64};
  }
  router->route_count = ports * 2;
  router->neighbour_slots = stations * 4;
  router->neighbours = lines(router->neighbour_slots, sizeof *router->neighbours);
  for (uint32_t station = 0; station < stations; station++) {
    uint32_t port = station & (ports - 1);
    struct neighbour *entry = neighbour_of(port, high_of(port), low_of(station));
    entry->hash = hash_of(high_of(port), low_of(station));
    entry->state = RESOLVED;
    entry->mac = station_mac(station);
    entry->reachable_until_ns = UINT64_MAX;
    entry->port = port | WIDE;
    entry->cause = DEFINITION;
    entry->high = high_of(port);
    entry->low = low_of(station);
  }
}

static void set_up(uint32_t ports, uint32_t stations) {
  set_up_lab(NODE_LAYER3, ports, stations, 0, stations);
  lab.nodes[0].flags = NODE_FORWARDS;
  router = lines(1, sizeof *router);
  for (uint32_t port = 0; port < ports; port++) {
    lab.ports[port].used_mac = ROUTER_MAC | (uint64_t)port << 40;
    lab.ports[port].mtu = 9216;
    lab.ports[port].mac_cause = DEFINITION;
  }
  /* As in a lab that was just defined: what follows from that alone has positions up to this. */
  router->defined_up_to = DEFINITION;
  router->route_cause = DEFINITION;
  set_up_routes(ports, stations);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: route6 PORTS STATIONS BURST POLLS WARMUP_POLLS\n");
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
