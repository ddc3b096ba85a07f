/*
 * The C baseline of forwarding in sessions: the path of asm/decide/layer3.ts and in-session.ts through a firewall with zones, with the
 * tables of asm/session/ (session-table.h), on the structures of lab.h. No NAT and no HA peer.
 *
 * Two ports, a zone each, four policies. A session is TCP from a host at port 0 to port 443 of one at port 1. Either all packets are of
 * established sessions, drawn at random, from client and server in turn; or each packet is a SYN that opens a session of its own,
 * and the sessions before it expire.
 *
 *   cc -O3 -march=native -o session bench/session.c && ./session SESSIONS OPENS BURST POLLS WARMUP_POLLS
 *
 * Prints: nanoseconds of processor time, frames delivered, digest of all of them in order and of all sessions (hex), frames dropped.
 */
#include "lab.h"
#include "session-table.h"

enum {
  NODE_LAYER3 = 3,
  NODE_HA_MEMBER = 1,
  NODE_FORWARDS = 2,
  NODE_SESSIONS = 32,
  PORT_RINGS = 65536,
  PORT_UNROUTED = 262144 | 524288 | 1048576,
  PORT_MEMBER = 33554432,
  PORT_HA = 2048,
  PORTS = 2,
  STATIONS = 512,
  SERVICE = 443,
  FIRST_PORT = 1024,
  EMPTY = 0,
  RESOLVED = 2,
};
#define NETWORK 0x0a000000u
#define BROADCAST MAC_MASK
#define ROUTER_MAC 0x06ull
#define VIA_LOCAL 0xffffffffu
#define VIA_CONNECTED 0u
#define TCP_TIMEOUT_NS 3600000000000ull
/* Of a session that only its SYN opened: shorter than it takes to fill the table, so each sweep finds expired ones. */
#define OPENING_NS 1000ull

struct route {
  uint32_t network, mask, via, port;
};

struct neighbour {
  uint32_t ip, state;
  uint64_t mac, reachable_until_ns;
  uint32_t port, cause, probing, head, tail, frames, sent_for;
};

/* What lab.h has no place for: routes and neighbours of the one node, its sessions, and the provenance of its routes. */
static struct {
  struct route *routes;
  struct neighbour *neighbours;
  uint32_t route_count, neighbour_slots, ha_active, forwards_since, defined_up_to;
  struct table table;
} * firewall;

static uint32_t sessions, next_session;
static bool opens;

/* -- Layer 3 ------------------------------------------------------------------------------------------------------- */

static bool is_gated(const struct node *node, const struct port *port) {
  return (node->flags & NODE_HA_MEMBER) != 0 && firewall->ha_active == 0 && (port->flags & PORT_HA) == 0;
}

static const struct route *find_route(uint32_t ip) {
  for (uint32_t i = 0; i < firewall->route_count; i++) {
    if ((ip & firewall->routes[i].mask) == firewall->routes[i].network) return &firewall->routes[i];
  }
  return NULL;
}

static struct neighbour *neighbour_of(uint32_t port, uint32_t ip) {
  uint32_t mask = firewall->neighbour_slots - 1;
  uint32_t slot = (ip * 0x9e3779b1u >> 12) & mask;
  while (true) {
    struct neighbour *entry = &firewall->neighbours[slot];
    if (entry->state == EMPTY || (entry->ip == ip && entry->port == port)) return entry;
    slot = (slot + 1) & mask;
  }
}

static void because_of(struct buffer *buffer, uint32_t cause) {
  if (cause > firewall->defined_up_to && buffer->refs == 1) abort();
}

static uint32_t later(uint32_t a, uint32_t b) {
  uint32_t last = a > b ? a : b;
  if (last > firewall->defined_up_to) abort();
  return last;
}

static void send_to_neighbour(uint32_t index, uint32_t ip, struct buffer *buffer) {
  struct neighbour *entry = neighbour_of(index, ip);
  if (entry->state != RESOLVED) abort();
  if (entry->reachable_until_ns <= lab.now_ns && entry->probing == 0) abort();
  struct port *port = &lab.ports[index];
  store_mac(bytes_of(buffer), entry->mac);
  store_mac(bytes_of(buffer) + 6, port->used_mac);
  because_of(buffer, later(entry->sent_for, port->mac_cause));
  send_frame(index, buffer, 0);
}

static void route_packet(const struct node *node, uint32_t index, struct buffer *buffer, const struct route *route, uint32_t ip) {
  if (route == NULL || route->via == VIA_LOCAL) {
    drop_frame(buffer, index);
    return;
  }
  const struct port *out = &lab.ports[route->port];
  if (half_at(bytes_of(buffer) + TOTAL_LENGTH) > out->mtu || is_gated(node, out)) {
    drop_frame(buffer, route->port);
    return;
  }
  if (buffer->refs != 1) abort();
  decrement_ttl(bytes_of(buffer));
  if (firewall->forwards_since > firewall->defined_up_to) abort();
  send_to_neighbour(route->port, route->via == VIA_CONNECTED ? ip : route->via, buffer);
}

static void receive_in_session(const struct node *node, uint32_t index, struct buffer *buffer, const struct route *route, uint32_t ip) {
  uint8_t *bytes = bytes_of(buffer);
  if ((node->flags & NODE_SESSIONS) == 0 || is_group(mac_at(bytes)) || bytes[TTL] <= 1) {
    drop_frame(buffer, index);
    return;
  }
  struct session *session;
  if (judge(&firewall->table, index, buffer, route == NULL ? NONE : route->port, &session) != PASSES) {
    drop_frame(buffer, index);
    return;
  }
  if (buffer->refs != 1 || (session != NULL && (session->flags & FLAG_TRANSLATED) != 0)) abort();
  uint32_t to = word_at(bytes + DESTINATION);
  route_packet(node, index, buffer, to == ip ? route : find_route(to), to);
}

static void receive_layer3(const struct node *node, const struct port *port, uint32_t index, struct buffer *buffer, uint32_t vlan) {
  uint8_t *bytes = bytes_of(buffer);
  if (is_gated(node, port) || (port->flags & PORT_UNROUTED) != 0 || (vlan & 0xfff) != 0) {
    drop_frame(buffer, index);
    return;
  }
  uint64_t destination = mac_at(bytes);
  if ((destination != port->used_mac && destination != BROADCAST) || half_at(bytes + 12) != 0x0800 || !is_good_packet(bytes, buffer->length)) {
    drop_frame(buffer, index);
    return;
  }
  uint32_t ip = word_at(bytes + DESTINATION);
  const struct route *route = find_route(ip);
  if (route != NULL && route->via == VIA_LOCAL) abort();
  if ((node->flags & NODE_FORWARDS) == 0 || is_group(destination)) receive_in_session(node, index, buffer, route, ip);
  else abort();
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

static uint32_t client_of(uint32_t session) { return (session & 255) << 1; }

static uint32_t server_of(uint32_t session) { return (session >> 3 & 255) << 1 | 1; }

static uint32_t address_of(uint32_t station) { return NETWORK | (station & 1) << 16 | station; }

static uint32_t ports_of(uint32_t session) { return (FIRST_PORT + (session >> 8)) << 16 | SERVICE; }

static struct tuple tuple_of(uint32_t session) {
  uint64_t client = address_of(client_of(session)), server = address_of(server_of(session));
  return (struct tuple){.addresses = client << 32 | server, .ports = ports_of(session), .protocol = TCP};
}

static void fill_packet(uint8_t *bytes, uint32_t source, uint32_t destination, uint32_t flags) {
  uint32_t sum = (source & 0xffff) + (source >> 16) + (destination & 0xffff) + (destination >> 16) + 0x4500 + 0x002e + 0x4006;
  sum = (sum & 0xffff) + (sum >> 16);
  store_word(bytes + 12, 0x08004500);
  store_word(bytes + 16, 0x002e0000);
  store_word(bytes + 20, 0x00004006);
  store_half(bytes + CHECKSUM, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
  store_word(bytes + SOURCE, source);
  store_word(bytes + DESTINATION, destination);
  store_half(bytes + AT_TCP + 12, 0x5000 | flags);
}

static void bear(uint32_t port) {
  uint32_t session = opens ? next_session++ & 0xffffff : (uint32_t)((uint64_t)draw() * sessions >> 32);
  bool is_client = port == 0;
  uint32_t from = is_client ? client_of(session) : server_of(session);
  uint32_t to = is_client ? server_of(session) : client_of(session);
  struct buffer *buffer = bear_frame(PORTS + port, FRAME_BYTES, DEFINITION);
  store_mac(bytes_of(buffer), lab.ports[port].used_mac);
  store_mac(bytes_of(buffer) + 6, station_mac(from));
  fill_packet(bytes_of(buffer), address_of(from), address_of(to), opens ? SYN : ACK);
  uint32_t ports = ports_of(session);
  store_word(bytes_of(buffer) + AT_TCP, is_client ? ports : ports << 16 | ports >> 16);
  send_frame(PORTS + port, buffer, 0);
}

/* Folded are the address that the firewall gave a frame, its TTL and its checksum. */
static void poll(uint32_t polls, uint32_t size) {
  for (uint32_t i = 0; i < polls; i++) {
    uint32_t port = tester.port;
    tester.port = opens ? 0 : port ^ 1;
    for (uint32_t k = 0; k < size; k++) bear(port);
    burst(port, size);
    take_all(PORTS + (port ^ 1), TTL);
  }
}

static uint32_t with_sessions(void) {
  const struct table *table = &firewall->table;
  uint32_t digest = fold(fold(tester.digest, table->used), (uint32_t)table->opened);
  for (uint32_t i = 0; i < table->high; i++) {
    const struct session *session = &table->sessions[i];
    digest = fold(digest, (uint32_t)session->packets[0] + (session->state << 28));
    digest = fold(digest, (uint32_t)session->packets[BACKWARD]);
  }
  return digest;
}

/* -- Setting up ---------------------------------------------------------------------------------------------------- */

static void set_up_routes(void) {
  firewall->routes = lines(PORTS * 2, sizeof *firewall->routes);
  for (uint32_t port = 0; port < PORTS; port++) {
    uint32_t network = NETWORK | port << 16;
    firewall->routes[port] = (struct route){.network = network | 0xfffe, .mask = NONE, .via = VIA_LOCAL, .port = port};
    firewall->routes[PORTS + port] = (struct route){.network = network, .mask = 0xffff0000, .via = VIA_CONNECTED, .port = port};
  }
  firewall->route_count = PORTS * 2;
  firewall->neighbour_slots = STATIONS * 4;
  firewall->neighbours = lines(firewall->neighbour_slots, sizeof *firewall->neighbours);
  for (uint32_t station = 0; station < STATIONS; station++) {
    struct neighbour *entry = neighbour_of(station & 1, address_of(station));
    entry->ip = address_of(station);
    entry->state = RESOLVED;
    entry->mac = station_mac(station);
    entry->reachable_until_ns = UINT64_MAX;
    entry->port = station & 1;
    entry->cause = DEFINITION;
  }
}

static void set_up_table(uint32_t max) {
  static const struct policy policies[] = {
      {.from = 2, .to = 4, .source = NETWORK | 0xff00, .source_mask = 0xffffff00, .protocol = ANY_PROTOCOL, .last_port = 65535, .action = DENY},
      {.from = 2, .to = 4, .protocol = TCP, .first_port = 22, .last_port = 22},
      {.from = 2, .to = 4, .protocol = UDP, .first_port = 53, .last_port = 53},
      {.from = 2, .to = 4, .protocol = TCP, .first_port = SERVICE, .last_port = SERVICE},
  };
  struct table *table = &firewall->table;
  table->max = max;
  table->slots = 4;
  while (table->slots < max * 4) table->slots *= 2;
  table->index = lines(table->slots, sizeof *table->index);
  table->sessions = lines(max, sizeof *table->sessions);
  table->policies = lines(4, sizeof *table->policies);
  memcpy(table->policies, policies, sizeof policies);
  table->policy_count = 4;
  table->zones[0] = 1;
  table->zones[1] = 2;
  table->without_syn = DENY;
  table->lost_cause = DEFINITION;
  for (uint32_t i = 0; i < 8; i++) table->timeouts[i] = TCP_TIMEOUT_NS;
  table->timeouts[TIMEOUT_TCP_INIT] = OPENING_NS;
}

static void set_up(void) {
  set_up_lab(NODE_LAYER3, PORTS, STATIONS, 0, STATIONS);
  lab.nodes[0].flags = NODE_SESSIONS;
  firewall = lines(1, sizeof *firewall);
  for (uint32_t port = 0; port < PORTS; port++) {
    lab.ports[port].used_mac = ROUTER_MAC | (uint64_t)port << 40;
    lab.ports[port].mtu = 9216;
    lab.ports[port].mac_cause = DEFINITION;
  }
  /* As in a lab that was just defined: what follows from that alone has positions up to this. */
  firewall->defined_up_to = DEFINITION;
  set_up_routes();
  set_up_table(sessions);
  if (opens) return;
  for (uint32_t i = 0; i < sessions; i++) {
    struct tuple outward = tuple_of(i), backward = outward;
    backward.addresses = outward.addresses << 32 | outward.addresses >> 32;
    backward.ports = outward.ports << 16 | outward.ports >> 16;
    struct session *session = insert(&firewall->table, &outward, &backward, ESTABLISHED);
    session->out_port = 1;
    session->policy = 4;
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: session SESSIONS OPENS BURST POLLS WARMUP_POLLS\n");
    return 2;
  }
  sessions = (uint32_t)atoi(argv[1]);
  opens = atoi(argv[2]) != 0;
  uint32_t size = (uint32_t)atoi(argv[3]);
  set_up();
  poll((uint32_t)atoi(argv[5]), size);
  uint64_t start = processor_ns();
  poll((uint32_t)atoi(argv[4]), size);
  uint64_t ns = processor_ns() - start;
  print_result(ns, with_sessions());
  return 0;
}
