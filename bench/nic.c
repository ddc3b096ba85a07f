/*
 * The C baseline of the NIC benchmarks: the embedded switch of asm/decide/veb.ts with the tables of asm/nic/nic.ts and asm/nic/rss.ts, on the
 * structures of lab.h.
 *
 * Device ports: 0 the wire, 1 the PF, 2.. the VFs, each in one port VLAN, with one address, spoof check on. Who speaks to whom
 * is as in asm/bench/bench-nic.ts. Groups, promiscuous functions, VEPA and addresses that several functions have are asked for, and
 * then abort: they do not happen here.
 *
 *   cc -O3 -march=native -o nic bench/nic.c && ./nic VFS QUEUES WIRE BURST POLLS WARMUP_POLLS
 *   ./nic hash COUNT WARMUP_COUNT
 *
 * Prints: nanoseconds of processor time, frames delivered or hashed, digest of all of them in order (hex), frames dropped.
 */
#include "lab.h"

enum {
  NODE_NIC = 4,
  NIC_VEPA = 1,
  NIC_PRUNES = 2,
  NIC_OPEN = 4,
  NIC_DEFAULT_POOL = 8,
  POOL_RX = 1,
  POOL_TX = 2,
  POOL_BROADCAST = 4,
  POOL_SPOOF_CHECK = 64,
  WIRE = 0,
  PF = 1,
  FIRST_VF = 2,
  QUEUES_MAX = 16,
  RSS_ENTRIES = 64,
  RSS_TABLE_MAX = 128,
  WHOLE_PLACES = 12,
  HALF_PLACES = 48,
  IP = 14,
  TCP = 6,
  UDP = 17,
  IPV6_ADDRESSES = 32,
  HASHED = 64,
};
#define VID_MASK 0xfffu
#define SEVERAL 0x80000000u
#define FRAGMENTED 0x3fffu

struct rss {
  uint32_t mask, pad;
  uint8_t key[56], entries[RSS_TABLE_MAX];
  uint32_t of_bytes[WHOLE_PLACES][256], of_halves[HALF_PLACES][16];
} __attribute__((aligned(64)));

struct pool {
  uint32_t flags, port_vlan;
  struct rss *rss;
  uint32_t queues, enabled_queues, last_hash;
  uint32_t link_cause, filter_cause, vlan_cause, spoof_cause, mode_cause, queue_cause;
  uint32_t vlans[128];
  uint64_t queue_frames[QUEUES_MAX];
} __attribute__((aligned(64)));

static struct {
  uint32_t flags, listeners, multicast_listeners;
  uint64_t spoofed;
  /* One per port; the wire has none. */
  struct pool *pools;
} * nic;

/* -- Receive-side scaling ------------------------------------------------------------------------------------------ */

static uint32_t window(const struct rss *rss, uint32_t bit) {
  uint64_t word;
  memcpy(&word, rss->key + (bit >> 3), 8);
  return (uint32_t)(__builtin_bswap64(word) << (bit & 7) >> 32);
}

static void build_place(const struct rss *rss, uint32_t *table, uint32_t first, uint32_t bits) {
  table[0] = 0;
  for (uint32_t value = 1; value < 1u << bits; value++) {
    table[value] = table[value & (value - 1)] ^ window(rss, first + bits - 1 - (uint32_t)__builtin_ctz(value));
  }
}

static void build_table(struct rss *rss) {
  for (uint32_t place = 0; place < WHOLE_PLACES; place++) build_place(rss, rss->of_bytes[place], place * 8, 8);
  for (uint32_t half = 0; half < HALF_PLACES; half++) build_place(rss, rss->of_halves[half], (WHOLE_PLACES * 2 + half) * 4, 4);
}

static inline uint32_t of_word(const struct rss *rss, uint32_t place, const uint8_t *at) {
  const uint32_t(*tables)[256] = &rss->of_bytes[place];
  return tables[0][at[0]] ^ tables[1][at[1]] ^ tables[2][at[2]] ^ tables[3][at[3]];
}

static uint32_t of_halves(const struct rss *rss, uint32_t place, const uint8_t *bytes, uint32_t length) {
  uint32_t hash = 0;
  const uint32_t(*tables)[16] = &rss->of_halves[(place - WHOLE_PLACES) * 2];
  for (uint32_t i = 0; i < length; i++) hash ^= tables[i * 2][bytes[i] >> 4] ^ tables[i * 2 + 1][bytes[i] & 15];
  return hash;
}

static bool has_ports(uint32_t protocol) { return protocol == TCP || protocol == UDP; }

static uint32_t hash_ipv6(const struct rss *rss, const uint8_t *bytes, uint32_t length) {
  if (length < IP + 40) return 0;
  const uint8_t *at = bytes + IP + 8;
  uint32_t hash = of_word(rss, 0, at) ^ of_word(rss, 4, at + 4) ^ of_word(rss, 8, at + 8) ^
                  of_halves(rss, WHOLE_PLACES, at + WHOLE_PLACES, IPV6_ADDRESSES - WHOLE_PLACES);
  if (!has_ports(bytes[IP + 6]) || length < IP + 44) return hash;
  return hash ^ of_halves(rss, IPV6_ADDRESSES, bytes + IP + 40, 4);
}

static uint32_t hash_ipv4(const struct rss *rss, const uint8_t *bytes, uint32_t length) {
  if (length < IP + 20) return 0;
  uint32_t addresses = of_word(rss, 0, bytes + IP + 12) ^ of_word(rss, 4, bytes + IP + 16);
  uint16_t fragment;
  memcpy(&fragment, bytes + IP + 6, 2);
  uint32_t header = (bytes[IP] & 15u) * 4;
  if ((__builtin_bswap16(fragment) & FRAGMENTED) != 0 || !has_ports(bytes[IP + 9]) || length < IP + header + 4) return addresses;
  return addresses ^ of_word(rss, 8, bytes + IP + header);
}

static __attribute__((noinline)) uint32_t hash_other(const struct rss *rss, const uint8_t *bytes, uint32_t length) {
  uint16_t ether_type;
  memcpy(&ether_type, bytes + 12, 2);
  if (ether_type == 0x0008) return hash_ipv4(rss, bytes, length);
  return ether_type == 0xdd86 ? hash_ipv6(rss, bytes, length) : 0;
}

/* First of all IPv4 without options, whose ports follow the addresses. */
static uint32_t hash_frame(const struct rss *rss, struct buffer *buffer) {
  const uint8_t *bytes = bytes_of(buffer);
  uint32_t start, kind;
  memcpy(&start, bytes + 12, 4);
  if ((start & 0x00ffffff) != 0x00450008 || buffer->length < IP + 24) return hash_other(rss, bytes, buffer->length);
  const uint8_t *at = bytes + IP + 12;
  uint32_t addresses = of_word(rss, 0, at) ^ of_word(rss, 4, at + 4);
  memcpy(&kind, bytes + IP + 6, 4);
  kind &= 0xff00ff3f;
  if (kind != TCP << 24 && kind != UDP << 24) return addresses;
  return addresses ^ of_word(rss, 8, at + 8);
}

static uint32_t queue_for(struct pool *pool, struct buffer *buffer) {
  if (pool->queues == 1) return 0;
  pool->last_hash = hash_frame(pool->rss, buffer);
  uint32_t entry = pool->rss->entries[pool->last_hash & pool->rss->mask];
  return entry < pool->queues ? entry : entry % pool->queues;
}

/* -- Addresses and VLANs ------------------------------------------------------------------------------------------- */

static struct fdb_entry *entry_of(const struct node *node, uint64_t mac) {
  return &node->fdb[slot_of(node, fdb_key(0, mac))];
}

static bool is_of(const struct fdb_entry *entry, uint64_t mac) { return entry->key == fdb_key(0, mac); }

static bool in_vlan(const struct pool *pool, uint32_t vid) { return (pool->vlans[vid >> 5] >> (vid & 31) & 1) != 0; }

static bool has_address(const struct node *node, uint32_t index, uint64_t mac) {
  const struct fdb_entry *entry = entry_of(node, mac);
  if (!is_of(entry, mac)) return false;
  if ((entry->port & SEVERAL) != 0) abort();
  return entry->port == index;
}

static uint32_t owner_of(const struct fdb_entry *entry, uint32_t from, uint32_t vid) {
  if ((entry->port & SEVERAL) != 0) abort();
  return entry->port != from && in_vlan(&nic->pools[entry->port], vid) ? entry->port : NONE;
}

/* -- The embedded switch ------------------------------------------------------------------------------------------- */

static uint32_t tag_of(uint32_t vlan) {
  return (vlan & VLAN_TAGGED) != 0 && (vlan & VID_MASK) != 0 ? vlan & 0xffff : 0;
}

static uint32_t word_of(uint32_t tag) { return tag != 0 ? VLAN_TAGGED | tag : 0; }

static void to_pool(uint32_t index, struct buffer *buffer, uint32_t tag) {
  struct pool *pool = &nic->pools[index];
  if ((pool->flags & POOL_RX) == 0) {
    drop_frame(buffer, index);
    return;
  }
  uint32_t queue = queue_for(pool, buffer);
  if ((pool->enabled_queues >> queue & 1) == 0) {
    drop_frame(buffer, index);
    return;
  }
  pool->queue_frames[queue]++;
  if (lab.ports[index].link == NONE) abort();
  send_frame(index, buffer, pool->port_vlan != 0 ? 0 : word_of(tag));
}

static void to_default_pool(uint32_t index, struct buffer *buffer, uint32_t tag) {
  if ((nic->flags & NIC_DEFAULT_POOL) != 0) to_pool(PF, buffer, tag);
  else drop_frame(buffer, index);
}

static void from_wire(const struct node *node, uint32_t index, struct buffer *buffer, uint32_t vlan) {
  uint32_t tag = tag_of(vlan);
  uint64_t destination = mac_at(bytes_of(buffer));
  const struct fdb_entry *entry = entry_of(node, destination);
  bool known = is_of(entry, destination);
  if (!known && (nic->flags & NIC_OPEN) == 0) {
    drop_frame(buffer, index);
    return;
  }
  if (is_group(destination) || nic->listeners != 0 || (nic->flags & NIC_PRUNES) != 0) abort();
  uint32_t owner = known ? owner_of(entry, index, tag & VID_MASK) : NONE;
  if (owner == NONE) to_default_pool(index, buffer, tag);
  else to_pool(owner, buffer, tag);
}

static bool is_spoofed(const struct node *node, uint32_t index, const struct pool *pool, struct buffer *buffer, uint32_t tag) {
  if (has_address(node, index, mac_at(bytes_of(buffer) + 6)) && in_vlan(pool, tag & VID_MASK)) return false;
  nic->spoofed++;
  drop_frame(buffer, index);
  return true;
}

static void from_function(const struct node *node, uint32_t index, struct buffer *buffer, uint32_t vlan) {
  struct pool *pool = &nic->pools[index];
  if ((pool->flags & POOL_TX) == 0) {
    drop_frame(buffer, index);
    return;
  }
  uint32_t tag = pool->port_vlan;
  if (tag == 0) {
    tag = tag_of(vlan);
  } else if (tag_of(vlan) != 0) {
    drop_frame(buffer, index);
    return;
  }
  if ((pool->flags & POOL_SPOOF_CHECK) != 0 && is_spoofed(node, index, pool, buffer, tag)) return;
  uint64_t destination = mac_at(bytes_of(buffer));
  if ((nic->flags & NIC_VEPA) != 0 || is_group(destination)) abort();
  const struct fdb_entry *entry = entry_of(node, destination);
  uint32_t owner = is_of(entry, destination) ? owner_of(entry, index, tag & VID_MASK) : NONE;
  if (owner == NONE) {
    send_frame(WIRE, buffer, word_of(tag));
    return;
  }
  if (nic->listeners != 0) abort();
  to_pool(owner, buffer, tag);
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
  else if (node->kind != NODE_NIC) abort();
  else if (index == WIRE) from_wire(node, index, buffer, vlan);
  else from_function(node, index, buffer, vlan);
}

/* -- The tester ---------------------------------------------------------------------------------------------------- */

static bool has_wire;

static void fill_packet(uint8_t *bytes, uint32_t random) {
  uint64_t start = 0x2e0000450008;
  uint32_t middle = 0x06400000, source = 0x000a | (random & 0xffff0000), destination = 0x010a | random << 16, ports = random * 0x9e3779b1u;
  memcpy(bytes + 12, &start, 8);
  memcpy(bytes + 20, &middle, 4);
  memset(bytes + 24, 0, 2);
  memcpy(bytes + 26, &source, 4);
  memcpy(bytes + 30, &destination, 4);
  memcpy(bytes + 34, &ports, 4);
}

static void bear(uint32_t port, uint32_t from, uint32_t to, uint32_t random) {
  struct buffer *buffer = bear_frame(tester.ports + port, FRAME_BYTES, DEFINITION);
  store_mac(bytes_of(buffer), station_mac(to));
  store_mac(bytes_of(buffer) + 6, station_mac(from));
  fill_packet(bytes_of(buffer), random);
  send_frame(tester.ports + port, buffer, has_wire && port == WIRE ? VLAN_TAGGED | ACCESS_VLAN : 0);
}

static uint32_t next_port(void) {
  uint32_t turn = tester.port;
  tester.port = (turn + 1) & ((tester.stations << has_wire) - 1);
  if (!has_wire) return FIRST_VF + turn;
  return (turn & 1) == 0 ? WIRE : FIRST_VF + (turn >> 1);
}

static void poll(uint32_t polls, uint32_t size) {
  uint32_t vfs = tester.stations;
  for (uint32_t i = 0; i < polls; i++) {
    uint32_t port = next_port();
    bool is_wire = port == WIRE;
    uint32_t first = is_wire ? vfs : port - FIRST_VF;
    uint32_t others = is_wire ? vfs - 1 : 0;
    uint32_t reach = is_wire || !has_wire ? vfs - 1 : vfs * 2 - 1;
    for (uint32_t k = 0; k < size; k++) {
      uint32_t x = draw();
      uint32_t from = first | (x & others);
      uint32_t to = x >> 16 & reach;
      bear(port, from, to ^ (to == from), x);
    }
    burst(port, size);
    take_all(tester.ports + port, 0);
  }
}

static uint32_t with_queues(void) {
  uint32_t digest = tester.digest;
  for (uint32_t vf = 0; vf < tester.stations; vf++) {
    const struct pool *pool = &nic->pools[FIRST_VF + vf];
    digest = fold(digest, pool->last_hash);
    for (uint32_t queue = 0; queue < pool->queues; queue++) digest = fold(digest, (uint32_t)pool->queue_frames[queue]);
  }
  return digest;
}

static void hashes(uint32_t count) {
  static struct buffer *hashed[HASHED];
  uint32_t port = tester.ports + FIRST_VF;
  for (uint32_t i = 0; i < HASHED; i++) {
    hashed[i] = bear_frame(port, FRAME_BYTES, DEFINITION);
    fill_packet(bytes_of(hashed[i]), draw());
  }
  uint32_t digest = tester.digest;
  for (uint32_t i = 0; i < count; i++) digest = fold(digest, hash_frame(nic->pools[FIRST_VF].rss, hashed[i & (HASHED - 1)]));
  tester.digest = digest;
  tester.frames += count;
  for (uint32_t i = 0; i < HASHED; i++) deliver_frame(hashed[i], port);
}

/* -- Setting up ---------------------------------------------------------------------------------------------------- */

static const uint8_t RSS_KEY[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static void set_up_vf(uint32_t vf, uint32_t queues) {
  struct node *node = &lab.nodes[0];
  struct pool *pool = &nic->pools[FIRST_VF + vf];
  struct rss *rss = lines(1, sizeof *rss);
  pool->flags = POOL_RX | POOL_TX | POOL_BROADCAST | POOL_SPOOF_CHECK;
  pool->port_vlan = ACCESS_VLAN;
  pool->vlans[ACCESS_VLAN >> 5] |= 1u << (ACCESS_VLAN & 31);
  pool->queues = queues;
  pool->enabled_queues = (1u << queues) - 1;
  pool->rss = rss;
  rss->mask = RSS_ENTRIES - 1;
  memcpy(rss->key, RSS_KEY, sizeof RSS_KEY);
  for (uint32_t i = 0; i < RSS_ENTRIES; i++) rss->entries[i] = (uint8_t)(i % queues);
  build_table(rss);
  uint64_t key = fdb_key(0, station_mac(vf));
  node->fdb[slot_of(node, key)] = (struct fdb_entry){.key = key, .expires_ns = STATIC, .port = FIRST_VF + vf, .cause = DEFINITION};
}

static void set_up(uint32_t vfs, uint32_t queues) {
  uint32_t ports = FIRST_VF + vfs;
  set_up_lab(NODE_NIC, ports, vfs, 0, vfs);
  nic = lines(1, sizeof *nic);
  nic->flags = NIC_DEFAULT_POOL;
  nic->pools = lines(ports, sizeof *nic->pools);
  nic->pools[PF] = (struct pool){.flags = POOL_RX | POOL_TX | POOL_BROADCAST, .queues = 1, .enabled_queues = 1, .vlans = {1}};
  for (uint32_t vf = 0; vf < vfs; vf++) set_up_vf(vf, queues);
}

static int measure_hashes(uint32_t count, uint32_t warm_up) {
  set_up(2, 4);
  hashes(warm_up);
  uint64_t start = processor_ns();
  hashes(count);
  uint64_t ns = processor_ns() - start;
  print_result(ns, with_queues());
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "hash") == 0) return measure_hashes((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]));
  if (argc != 7) {
    fprintf(stderr, "usage: nic VFS QUEUES WIRE BURST POLLS WARMUP_POLLS | nic hash COUNT WARMUP_COUNT\n");
    return 2;
  }
  uint32_t size = (uint32_t)atoi(argv[4]);
  has_wire = atoi(argv[3]) != 0;
  set_up((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
  poll((uint32_t)atoi(argv[6]), size);
  uint64_t start = processor_ns();
  poll((uint32_t)atoi(argv[5]), size);
  uint64_t ns = processor_ns() - start;
  print_result(ns, with_queues());
  return 0;
}
