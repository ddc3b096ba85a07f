/*
 * What the C baselines share: the data plane's frames, links and table, bursts, and the tester beyond the links.
 *
 *   tester ports P..2P-1 --link p--> device ports 0..P-1, node 0 --link P+p--> tester ports, node 1
 *
 * Per frame that is what asm/ does: pool with reference counts and birth numbers, descriptor queues with the line's clock,
 * port and node state, ageing and provenance in the table, counters, trace switch. Drops, floods and impairments are written
 * out but do not happen here. Each baseline is one program: it defines `receive`, and gcc sees all of it at once.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  PORT_UP = 1,
  PORT_BLOCKED = 8,
  PORT_EXTERNAL = 4096,
  PORT_DISABLED = 16384,
  FRAME_BYTES = 60,
  ETHERNET_HEADER = 14,
  SMALL_STRIDE = 64 + 2048,
  BUFFERS = 4096,
  ACCESS_VLAN = 10,
  DEFINITION = 1,
};
#define NONE 0xffffffffu
#define VLAN_TAGGED 0x10000u
#define VLAN_CORRUPTED 0x20000u
#define VLAN_TRUNK 4095u
#define USED (1ull << 63)
#define STATIC UINT64_MAX
/* Addresses are numbers in wire order, as in asm/frame/ethernet.ts. */
#define MAC_MASK 0xffffffffffffull
#define STATION_MAC 0x02ull
#define SPREAD 0x612fb4eff7a83071ull
#define AGEING_NS 300000000000ull

struct buffer {
  uint32_t refs, length;
  uint64_t number, born_ns;
  uint32_t cause, born_port, flow, seq, jumbo;
  struct buffer *next;
};
_Static_assert(sizeof(struct buffer) <= 64, "a header is one line");

struct descriptor {
  struct descriptor *next;
  struct buffer *buffer;
  uint64_t at_ns;
  uint32_t vlan;
};

struct link {
  uint32_t from, to;
  uint64_t ps_per_byte, latency_ns, queue_ns, free_ns, free_ps, last_arrival_ns;
  struct descriptor *head, *tail;
  uint32_t frames, cause;
  uint64_t random, jitter_ns;
  uint32_t loss, corruption, polled, impaired;
} __attribute__((aligned(128)));

struct port {
  uint32_t node, link, flags, vlan, mtu, frame_max;
  uint64_t initial_mac, effective_mac, used_mac;
  uint32_t link_cause, policy_cause, mac_cause, guest_cause;
  uint32_t learn_count, learn_limit, arp_limit;
  uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, drops;
} __attribute__((aligned(256)));

struct fdb_entry {
  uint64_t key, expires_ns;
  uint32_t port, cause;
};

struct node {
  uint32_t kind, flags, power, power_cause, first_port, port_count;
  struct fdb_entry *fdb;
  uint32_t fdb_slots, fdb_count, fdb_limit;
  uint64_t ageing_ns, moved;
  uint64_t received, sent, born, copied, delivered, dropped;
} __attribute__((aligned(64)));

/*
 * The region's header. The state lies in one stretch of memory that can be copied at any time, so a counter is in memory
 * and not in a register across the loop, as in asm/memory/region.ts.
 */
struct header {
  uint64_t now_ns, next_number;
  struct buffer *free_small;
  struct descriptor *free_descriptor;
  uint32_t buffers_in_use, descriptors_in_use;
  struct node *nodes;
  struct port *ports;
  struct link *links;
  uint32_t trace_on, fan_max, notice_count, notice_size, punt_count, egress_used, egress_size;
};
static struct header *region;
#define lab (*region)

static struct {
  uint32_t ports, stations, random, port, digest;
  uint64_t frames;
} tester = {.random = 0x9e3779b9u};

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static uint8_t *bytes_of(struct buffer *buffer) { return (uint8_t *)buffer + 64; }

static struct buffer *bear_frame(uint32_t port, uint32_t length, uint32_t cause) {
  struct node *node = &lab.nodes[lab.ports[port].node];
  uint64_t number = lab.next_number++;
  node->born++;
  struct buffer *buffer = lab.free_small;
  if (buffer == NULL) abort();
  lab.free_small = buffer->next;
  lab.buffers_in_use++;
  buffer->refs = 1;
  buffer->length = length;
  buffer->jumbo = 0;
  buffer->number = number;
  buffer->born_ns = lab.now_ns;
  buffer->cause = cause;
  buffer->born_port = port;
  buffer->flow = 0;
  buffer->seq = 0;
  return buffer;
}

static void let_go(struct buffer *buffer) {
  if (--buffer->refs > 0) return;
  lab.buffers_in_use--;
  buffer->next = lab.free_small;
  lab.free_small = buffer;
}

static void deliver_frame(struct buffer *buffer, uint32_t port) {
  lab.nodes[lab.ports[port].node].delivered++;
  let_go(buffer);
}

static __attribute__((noinline)) void drop_frame(struct buffer *buffer, uint32_t port) {
  lab.nodes[lab.ports[port].node].dropped++;
  lab.ports[port].drops++;
  lab.notice_count++;
  let_go(buffer);
}

static uint64_t mac_at(const uint8_t *at) {
  uint64_t raw;
  memcpy(&raw, at, 8);
  return raw & MAC_MASK;
}

static uint64_t station_mac(uint32_t station) { return STATION_MAC | (uint64_t)__builtin_bswap16((uint16_t)station) << 32; }

static void store_mac(uint8_t *at, uint64_t mac) {
  memcpy(at, &mac, 6);
}

static bool is_group(uint64_t mac) { return (mac & 1) != 0; }

static __attribute__((noinline)) void trace(uint32_t port, struct buffer *buffer) {
  printf("%u %llu\n", port, (unsigned long long)buffer->number);
}

/* -- Links --------------------------------------------------------------------------------------------------------- */

static uint64_t line_bytes(uint32_t length, uint32_t vlan) {
  uint64_t bytes = length + ((vlan & VLAN_TAGGED) != 0 ? 4 : 0);
  return (bytes < 60 ? 60 : bytes) + 24;
}

static void send_frame(uint32_t index, struct buffer *buffer, uint32_t vlan) {
  struct port *port = &lab.ports[index];
  if ((port->flags & (PORT_BLOCKED | PORT_DISABLED)) != 0 || (port->flags & PORT_UP) == 0 ||
      (port->link == NONE && (port->flags & PORT_EXTERNAL) == 0)) {
    drop_frame(buffer, index);
    return;
  }
  if ((port->flags & PORT_EXTERNAL) != 0) abort();
  struct link *link = &lab.links[port->link];
  uint64_t now = lab.now_ns;
  uint64_t start_ns = link->free_ns > now ? link->free_ns : now;
  uint64_t start_ps = link->free_ns >= now ? link->free_ps : 0;
  if (start_ns - now > link->queue_ns) {
    drop_frame(buffer, index);
    return;
  }
  uint64_t ps = start_ps + line_bytes(buffer->length, vlan) * link->ps_per_byte;
  uint64_t free_ns = start_ns + ps / 1000;
  uint64_t arrival = free_ns + link->latency_ns;
  if (link->impaired != 0) abort();
  if (arrival <= now) arrival = now + 1;
  if (arrival < link->last_arrival_ns) arrival = link->last_arrival_ns;
  struct descriptor *descriptor = lab.free_descriptor;
  if (descriptor == NULL) {
    drop_frame(buffer, index);
    return;
  }
  lab.free_descriptor = descriptor->next;
  lab.descriptors_in_use++;
  descriptor->next = NULL;
  descriptor->buffer = buffer;
  descriptor->at_ns = arrival;
  descriptor->vlan = vlan;
  link->free_ns = free_ns;
  link->free_ps = ps % 1000;
  link->last_arrival_ns = arrival;
  port->tx_frames++;
  port->tx_bytes += buffer->length;
  lab.nodes[port->node].sent++;
  if (lab.trace_on != 0) trace(index, buffer);
  link->frames++;
  if (link->head == NULL) {
    link->head = link->tail = descriptor;
    if (link->polled == 0) abort();
    return;
  }
  link->tail->next = descriptor;
  link->tail = descriptor;
}

static struct buffer *take_arrival(struct link *link) {
  struct descriptor *descriptor = link->head;
  struct buffer *buffer = descriptor->buffer;
  link->head = descriptor->next;
  link->frames--;
  if (link->head == NULL) link->tail = NULL;
  if (link->polled == 0) abort();
  lab.descriptors_in_use--;
  descriptor->next = lab.free_descriptor;
  lab.free_descriptor = descriptor;
  return buffer;
}

/* -- The table ----------------------------------------------------------------------------------------------------- */

static uint64_t fdb_key(uint32_t vid, uint64_t mac) { return USED | (uint64_t)vid << 48 | mac; }

static uint32_t slot_of(const struct node *node, uint64_t key) {
  uint32_t mask = node->fdb_slots - 1;
  uint32_t slot = (uint32_t)(key * SPREAD >> 40) & mask;
  while (node->fdb[slot].key != key && node->fdb[slot].key != 0) slot = (slot + 1) & mask;
  return slot;
}

/* -- Bursts -------------------------------------------------------------------------------------------------------- */

static void receive(uint32_t index, struct buffer *buffer, uint32_t vlan);

static bool rings_have_room(void) {
  return lab.notice_count + lab.fan_max <= lab.notice_size && lab.punt_count + 4 <= 64 &&
         lab.egress_used + lab.fan_max * 9320 <= lab.egress_size && lab.trace_on == 0;
}

static void burst(uint32_t index, uint32_t max) {
  struct link *link = &lab.links[index];
  for (uint32_t served = 0; served < max && link->head != NULL && rings_have_room(); served++) {
    if (link->head->at_ns > lab.now_ns) lab.now_ns = link->head->at_ns;
    uint32_t vlan = link->head->vlan;
    struct buffer *buffer = take_arrival(link);
    lab.nodes[lab.ports[link->to].node].received++;
    if ((vlan & VLAN_CORRUPTED) == 0) receive(link->to, buffer, vlan);
    else drop_frame(buffer, link->to);
  }
}

/* -- The tester ---------------------------------------------------------------------------------------------------- */

static uint32_t fold(uint32_t digest, uint32_t value) { return (digest << 5 | digest >> 27) * 31 ^ value; }

static uint32_t draw(void) {
  uint32_t x = tester.random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return tester.random = x;
}

/*
 * Takes all frames off a link, in order. The digest folds what tells them apart: their source; of packets, where `written` is not 0, the
 * destination that the device gave them, and four bytes of the header from there on.
 */
static inline __attribute__((always_inline)) void take_all(uint32_t index, uint32_t written) {
  struct link *link = &lab.links[index];
  struct node *node = &lab.nodes[lab.ports[link->to].node];
  while (link->head != NULL) {
    if (link->head->at_ns > lab.now_ns) lab.now_ns = link->head->at_ns;
    uint32_t vlan = link->head->vlan;
    struct buffer *buffer = take_arrival(link);
    node->received++;
    uint32_t address, header = 0;
    memcpy(&address, bytes_of(buffer) + (written != 0 ? 2 : 8), 4);
    if (written != 0) memcpy(&header, bytes_of(buffer) + written, 4);
    tester.digest = fold(tester.digest, (uint32_t)buffer->number + (link->to << 20) + vlan + address + header);
    tester.frames++;
    deliver_frame(buffer, link->to);
  }
}

/* Polls the device's ports in turn: `bear` sends a frame from a station behind a port. `written` as above. */
static inline __attribute__((always_inline)) void poll_in_turn(uint32_t polls, uint32_t size, void (*bear)(uint32_t), uint32_t written) {
  for (uint32_t i = 0; i < polls; i++) {
    uint32_t port = tester.port;
    tester.port = (port + 1) & (tester.ports - 1);
    for (uint32_t k = 0; k < size; k++) bear(port);
    burst(port, size);
    take_all(tester.ports + port, written);
  }
}

/* -- Setting up ---------------------------------------------------------------------------------------------------- */

static void *lines(size_t count, size_t bytes) {
  size_t all = (count * bytes + 4095) / 4096 * 4096;
  void *memory = aligned_alloc(4096, all);
  if (memory == NULL) abort();
  return memset(memory, 0, all);
}

static void wire(uint32_t id, uint32_t from, uint32_t to) {
  lab.links[id] = (struct link){.from = from, .to = to, .queue_ns = 1u << 30, .cause = DEFINITION, .polled = 1};
  lab.ports[from].link = id;
}

/* Memory for two nodes and their ports, the links between them, pools, and a table for `entries` addresses. */
static void set_up_lab(uint32_t kind, uint32_t ports, uint32_t stations, uint32_t vlan, uint32_t entries) {
  region = lines(1, sizeof *region);
  lab.nodes = lines(2, sizeof *lab.nodes);
  lab.ports = lines(ports * 2, sizeof *lab.ports);
  lab.links = lines(ports * 2, sizeof *lab.links);
  uint32_t slots = 16;
  while (slots < entries * 2) slots *= 2;
  lab.nodes[0] = (struct node){.kind = kind, .power = 1, .port_count = ports, .fdb_slots = slots, .fdb_limit = entries};
  lab.nodes[0].fdb = lines(slots, sizeof(struct fdb_entry));
  lab.nodes[0].ageing_ns = AGEING_NS;
  lab.nodes[1] = (struct node){.power = 1, .first_port = ports, .port_count = ports};
  for (uint32_t i = 0; i < ports * 2; i++) {
    lab.ports[i] = (struct port){.node = i / ports, .flags = PORT_UP, .vlan = i < ports ? vlan : 0, .frame_max = 9230, .policy_cause = DEFINITION};
  }
  for (uint32_t i = 0; i < ports; i++) {
    wire(i, ports + i, i);
    wire(ports + i, i, ports + i);
  }
  uint8_t *small = lines(BUFFERS, SMALL_STRIDE);
  for (uint32_t i = BUFFERS; i-- > 0;) {
    struct buffer *buffer = (struct buffer *)(small + (size_t)i * SMALL_STRIDE);
    buffer->next = lab.free_small;
    lab.free_small = buffer;
  }
  struct descriptor *descriptors = lines(BUFFERS, sizeof *descriptors);
  for (uint32_t i = BUFFERS; i-- > 0;) {
    descriptors[i].next = lab.free_descriptor;
    lab.free_descriptor = &descriptors[i];
  }
  lab.next_number = 1;
  lab.fan_max = ports + 2;
  lab.notice_size = 256 + 2 * lab.fan_max;
  lab.egress_size = 65536 + lab.fan_max * 9320;
  tester.ports = ports;
  tester.stations = stations;
}

static uint64_t processor_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void print_result(uint64_t ns, uint32_t digest) {
  uint64_t dropped = lab.nodes[0].dropped + lab.nodes[1].dropped;
  printf("%llu %llu %08x %llu\n", (unsigned long long)ns, (unsigned long long)tester.frames, digest, (unsigned long long)dropped);
}
