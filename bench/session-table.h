/*
 * Sessions as asm/session/ has them, for session.c: tuples, the table with its index over both keys, policies, and the decision about a packet.
 * The same records, the same hash, the same removal. NAT, HA peers, ICMP and fragments are asked for, and then abort: they do not
 * happen here.
 */
enum {
  IP = 14,
  TOTAL_LENGTH = IP + 2,
  TTL = IP + 8,
  PROTOCOL = IP + 9,
  CHECKSUM = IP + 10,
  SOURCE = IP + 12,
  DESTINATION = IP + 16,
  AT_TCP = IP + 20,
  TCP_FLAGS = 13,
  ICMP = 1,
  TCP = 6,
  UDP = 17,
  FIN = 1,
  SYN = 2,
  RST = 4,
  ACK = 16,
  FREE = 0,
  OPENING = 1,
  HANDSHAKE = 2,
  ESTABLISHED = 3,
  HALF_CLOSED = 4,
  CLOSING = 5,
  CLEARED = 6,
  FLAG_TRANSLATED = 4,
  TIMEOUT_TCP = 0,
  TIMEOUT_TCP_INIT = 1,
  TIMEOUT_TCP_HANDSHAKE = 2,
  TIMEOUT_TCP_HALF_CLOSED = 3,
  TIMEOUT_TCP_TIME_WAIT = 4,
  TIMEOUT_UDP = 5,
  TIMEOUT_ICMP = 6,
  TIMEOUT_DEFAULT = 7,
  ALLOW = 0,
  DENY = 1,
  ANY_PROTOCOL = 256,
  SWEEP_MAX = 256,
  BACKWARD = 1,
  PASSES = 0,
  REFUSED = 1,
};

struct policy {
  uint32_t from, to, source, source_mask, destination, destination_mask, protocol, first_port, last_port, action, pad[2];
};

struct place {
  uint32_t hash, reference;
};

struct session {
  /* Of each direction: 0 from the side that opened the session, BACKWARD from the other. */
  uint64_t addresses[2];
  uint32_t ports[2], protocol, state;
  uint64_t expires_ns;
  uint32_t flags, fins;
  uint64_t packets[2];
  uint64_t start_ns, synced_ns;
  uint32_t in_port, out_port, policy, translation, cause, next;
} __attribute__((aligned(128)));

struct table {
  uint32_t slots, max, used, high, free, cursor;
  struct place *index;
  struct session *sessions;
  uint8_t zones[64];
  struct policy *policies;
  uint32_t policy_count, translation_count, without_syn, sync_timer, unsynced, lost_cause;
  uint64_t opened, timeouts[8];
};

/* -- Packets ------------------------------------------------------------------------------------------------------- */

static uint16_t half_at(const uint8_t *at) {
  uint16_t raw;
  memcpy(&raw, at, 2);
  return __builtin_bswap16(raw);
}

static uint32_t word_at(const uint8_t *at) {
  uint32_t raw;
  memcpy(&raw, at, 4);
  return __builtin_bswap32(raw);
}

static void store_half(uint8_t *at, uint32_t half) {
  uint16_t raw = __builtin_bswap16((uint16_t)half);
  memcpy(at, &raw, 2);
}

static void store_word(uint8_t *at, uint32_t word) {
  uint32_t raw = __builtin_bswap32(word);
  memcpy(at, &raw, 4);
}

static uint32_t header_sum(const uint8_t *at, uint32_t bytes) {
  uint64_t words = 0;
  for (uint32_t i = 0; i < bytes; i += 4) {
    uint32_t raw;
    memcpy(&raw, at + i, 4);
    words += raw;
  }
  uint32_t word = (uint32_t)((words + (words << 32 | words >> 32)) >> 32);
  return __builtin_bswap16((uint16_t)((word + (word << 16 | word >> 16)) >> 16));
}

static bool is_good_packet(const uint8_t *bytes, uint32_t length) {
  if (length < IP + 20) return false;
  uint32_t header = (bytes[IP] & 15u) * 4;
  if (bytes[IP] >> 4 != 4 || header < 20 || IP + header > length) return false;
  uint32_t total = half_at(bytes + TOTAL_LENGTH);
  if (total < header || IP + total > length) return false;
  return (header == 20 ? header_sum(bytes + IP, 20) : header_sum(bytes + IP, header)) == 0xffff;
}

static void decrement_ttl(uint8_t *bytes) {
  bytes[TTL]--;
  uint16_t checksum;
  memcpy(&checksum, bytes + CHECKSUM, 2);
  uint32_t sum = checksum + 1u;
  checksum = (uint16_t)(sum + ((sum + 1) >> 16));
  memcpy(bytes + CHECKSUM, &checksum, 2);
}

struct tuple {
  uint64_t addresses;
  uint32_t ports, protocol, flags, opens;
};

/* Only TCP and UDP happen here. */
static bool read_tuple(struct tuple *tuple, const uint8_t *bytes, uint32_t length) {
  uint32_t protocol = bytes[PROTOCOL];
  uint32_t at = IP + (bytes[IP] & 15u) * 4;
  tuple->addresses = (uint64_t)word_at(bytes + SOURCE) << 32 | word_at(bytes + DESTINATION);
  tuple->protocol = protocol;
  tuple->opens = 1;
  tuple->flags = 0;
  if ((half_at(bytes + IP + 6) & 0x1fff) != 0 || (protocol != TCP && protocol != UDP)) abort();
  if (at + (protocol == TCP ? 20 : 8) > length) return false;
  tuple->ports = word_at(bytes + at);
  if (protocol != TCP) return true;
  tuple->flags = bytes[at + TCP_FLAGS];
  tuple->opens = (tuple->flags & (SYN | ACK | RST | FIN)) == SYN;
  return true;
}

/* -- The session table --------------------------------------------------------------------------------------------- */

static uint32_t hash_of(uint64_t addresses, uint32_t ports, uint32_t protocol) {
  uint64_t h = addresses * 0xbf58476d1ce4e5b9ull;
  h ^= h >> 32 ^ ((uint64_t)ports << 8 | protocol);
  h *= 0x94d049bb133111ebull;
  return (uint32_t)(h >> 32);
}

static bool has_key(const struct table *table, uint32_t reference, const struct tuple *tuple) {
  const struct session *session = &table->sessions[reference >> 1];
  uint32_t direction = reference & BACKWARD;
  if (session->addresses[direction] != tuple->addresses) return false;
  return session->ports[direction] == tuple->ports && session->protocol == tuple->protocol;
}

static uint32_t find(const struct table *table, const struct tuple *tuple) {
  uint32_t hash = hash_of(tuple->addresses, tuple->ports, tuple->protocol);
  uint32_t mask = table->slots - 1;
  for (uint32_t index = hash & mask;; index = (index + 1) & mask) {
    const struct place *place = &table->index[index];
    if (place->reference == 0) return NONE;
    if (place->hash == hash && has_key(table, place->reference - 1, tuple)) return place->reference - 1;
  }
}

static bool is_over(const struct session *session) { return session->expires_ns <= lab.now_ns; }

static uint32_t timeout_of(uint32_t protocol, uint32_t state) {
  if (protocol == TCP) {
    if (state == OPENING) return TIMEOUT_TCP_INIT;
    if (state == HANDSHAKE) return TIMEOUT_TCP_HANDSHAKE;
    if (state == HALF_CLOSED) return TIMEOUT_TCP_HALF_CLOSED;
    return state == CLOSING ? TIMEOUT_TCP_TIME_WAIT : TIMEOUT_TCP;
  }
  if (protocol == UDP) return TIMEOUT_UDP;
  return protocol == ICMP ? TIMEOUT_ICMP : TIMEOUT_DEFAULT;
}

static void enter(const struct table *table, struct session *session, uint32_t state) {
  session->state = state;
  session->expires_ns = lab.now_ns + table->timeouts[timeout_of(session->protocol, state)];
}

static void put_key(struct table *table, uint32_t hash, uint32_t reference) {
  uint32_t mask = table->slots - 1;
  uint32_t index = hash & mask;
  while (table->index[index].reference != 0) index = (index + 1) & mask;
  table->index[index] = (struct place){.hash = hash, .reference = reference + 1};
}

static void remove_key(struct table *table, uint32_t hash, uint32_t reference) {
  uint32_t mask = table->slots - 1;
  uint32_t gap = hash & mask;
  while (table->index[gap].reference != reference + 1) gap = (gap + 1) & mask;
  uint32_t index = gap;
  while (true) {
    index = (index + 1) & mask;
    struct place *place = &table->index[index];
    if (place->reference == 0) break;
    if (((index - place->hash) & mask) < ((index - gap) & mask)) continue;
    table->index[gap] = *place;
    gap = index;
  }
  table->index[gap] = (struct place){0};
}

static uint32_t take_number(struct table *table) {
  table->used++;
  if (table->free == 0) return table->high++;
  uint32_t number = table->free - 1;
  table->free = table->sessions[number].next;
  return number;
}

static struct session *insert(struct table *table, const struct tuple *outward, const struct tuple *backward, uint32_t state) {
  uint32_t number = take_number(table);
  struct session *session = &table->sessions[number];
  memset(session, 0, sizeof *session);
  session->addresses[0] = outward->addresses;
  session->ports[0] = outward->ports;
  session->addresses[BACKWARD] = backward->addresses;
  session->ports[BACKWARD] = backward->ports;
  session->protocol = outward->protocol;
  session->start_ns = lab.now_ns;
  enter(table, session, state);
  put_key(table, hash_of(outward->addresses, outward->ports, outward->protocol), number * 2);
  put_key(table, hash_of(backward->addresses, backward->ports, backward->protocol), number * 2 + BACKWARD);
  return session;
}

static void remove_session(struct table *table, uint32_t number) {
  struct session *session = &table->sessions[number];
  for (uint32_t direction = 0; direction < 2; direction++) {
    remove_key(table, hash_of(session->addresses[direction], session->ports[direction], session->protocol), number * 2 + direction);
  }
  if (session->translation != 0) abort();
  session->state = FREE;
  session->flags = 0;
  session->next = table->free;
  table->free = number + 1;
  table->used--;
}

static bool sweep(struct table *table) {
  uint32_t before = table->used;
  uint32_t steps = table->high < SWEEP_MAX ? table->high : SWEEP_MAX;
  for (uint32_t step = 0; step < steps; step++) {
    if (table->cursor >= table->high) table->cursor = 0;
    const struct session *session = &table->sessions[table->cursor];
    if (session->state != FREE && (session->state == CLEARED || is_over(session))) remove_session(table, table->cursor);
    table->cursor++;
  }
  return table->used < before;
}

/* -- Policies ------------------------------------------------------------------------------------------------------ */

static bool fits(const struct policy *policy, const struct tuple *tuple, uint32_t from, uint32_t to) {
  if ((policy->from >> from & 1) == 0 || (policy->to >> to & 1) == 0) return false;
  if (((uint32_t)(tuple->addresses >> 32) & policy->source_mask) != policy->source) return false;
  if (((uint32_t)tuple->addresses & policy->destination_mask) != policy->destination) return false;
  if (policy->protocol == ANY_PROTOCOL) return true;
  if (policy->protocol != tuple->protocol) return false;
  uint32_t port = tuple->ports & 0xffff;
  return port >= policy->first_port && port <= policy->last_port;
}

static uint32_t decide(const struct table *table, const struct tuple *tuple, uint32_t from, uint32_t to) {
  if (from == 0 || to == 0) return DENY;
  for (uint32_t i = 0; i < table->policy_count; i++) {
    if (fits(&table->policies[i], tuple, from, to)) return table->policies[i].action | (i + 1) << 16;
  }
  return from == to ? ALLOW : DENY;
}

/* -- Judgement ----------------------------------------------------------------------------------------------------- */

static void note_change(const struct table *table) {
  if (table->sync_timer != 0) abort();
}

static uint32_t state_after(struct session *session, uint32_t direction, uint32_t flags) {
  uint32_t state = session->state;
  if ((flags & (FIN | SYN | RST)) == 0) {
    return state == HANDSHAKE && direction == 0 && (flags & ACK) != 0 ? ESTABLISHED : state;
  }
  if (state == CLOSING || (flags & RST) != 0) return CLOSING;
  if ((flags & FIN) != 0) {
    session->fins |= 1u << direction;
    return session->fins == 3 ? CLOSING : HALF_CLOSED;
  }
  return state == OPENING && direction == 1 && (flags & ACK) != 0 ? HANDSHAKE : state;
}

static void go_on(const struct table *table, struct session *session, uint32_t direction, const struct tuple *tuple) {
  session->packets[direction]++;
  if (session->state == ESTABLISHED && (tuple->flags & (FIN | SYN | RST)) == 0) {
    session->expires_ns = lab.now_ns + table->timeouts[tuple->protocol == TCP ? TIMEOUT_TCP : timeout_of(tuple->protocol, ESTABLISHED)];
  } else {
    uint32_t state = state_after(session, direction, tuple->flags);
    if (state != session->state || state == ESTABLISHED) enter(table, session, state);
  }
  note_change(table);
}

static uint32_t open_session(struct table *table, uint32_t index, const struct tuple *tuple, uint32_t out, uint32_t policy) {
  if (table->used == table->max && !sweep(table)) return REFUSED;
  if (table->translation_count != 0) abort();
  struct tuple backward = *tuple;
  backward.addresses = tuple->addresses << 32 | tuple->addresses >> 32;
  backward.ports = tuple->ports << 16 | tuple->ports >> 16;
  uint32_t reference = find(table, &backward);
  if (reference != NONE) {
    const struct session *session = &table->sessions[reference >> 1];
    if (session->state != CLEARED && !is_over(session)) return REFUSED;
    remove_session(table, reference >> 1);
  }
  struct session *session = insert(table, tuple, &backward, tuple->protocol == TCP && tuple->opens != 0 ? OPENING : ESTABLISHED);
  session->in_port = index;
  session->out_port = out;
  session->policy = policy;
  session->translation = 0;
  session->packets[0] = 1;
  table->opened++;
  note_change(table);
  return PASSES;
}

static __attribute__((noinline)) uint32_t without_session(struct table *table, uint32_t index, const struct tuple *tuple, uint32_t out) {
  if (tuple->opens == 0 || out == NONE || table->translation_count != 0) return REFUSED;
  uint32_t decided = decide(table, tuple, table->zones[index], table->zones[out]);
  return (decided & 0xffff) == ALLOW ? open_session(table, index, tuple, out, decided >> 16) : REFUSED;
}

static uint32_t judge(struct table *table, uint32_t index, const struct buffer *buffer, uint32_t out, struct session **of) {
  struct tuple tuple;
  *of = NULL;
  if (!read_tuple(&tuple, bytes_of((struct buffer *)buffer), buffer->length)) return REFUSED;
  uint32_t reference = find(table, &tuple);
  if (reference == NONE) return without_session(table, index, &tuple, out);
  struct session *session = &table->sessions[reference >> 1];
  if (session->state > HALF_CLOSED || is_over(session)) {
    if (session->state != OPENING) abort();
    remove_session(table, reference >> 1);
    return without_session(table, index, &tuple, out);
  }
  go_on(table, session, reference & BACKWARD, &tuple);
  *of = session;
  return PASSES;
}
