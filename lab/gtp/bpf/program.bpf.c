/*
 * The fast path of the LTE user plane, as programs that the kernel runs at the doors of a node's interfaces:
 *
 *     radio    comes in from the phones: a GTP-U tunnel is put around the packet
 *     gtpu     comes in from the core: a tunnel is taken away, or exchanged for the next one
 *     tun      goes out to the phones through the PGW's TUN device: a tunnel is put around the packet
 *
 * They take plain user packets of sessions that are in the maps. Whatever else there is (GTP-U signalling, optional fields,
 * unknown TEIDs, IPv6, fragments, ARP, a checksum to verify, a packet too large for its way) they leave alone: it goes on to
 * the sockets of the threads beside them (jobs.ts, cell.ts), which know all of it. layout.ts has the same structures.
 *
 * Each program hangs at its door by an entry that only calls it through the map `programs`. The kernel empties that map when
 * the process that holds its descriptor has ended, however it ended: an entry that is left behind does nothing.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define HELPER(name, ...) static long (*const bpf_##name)(__VA_ARGS__) = (void *)BPF_FUNC_##name

static void *(*const bpf_map_lookup_elem)(const void *, const void *) = (void *)BPF_FUNC_map_lookup_elem;
HELPER(skb_load_bytes, const struct __sk_buff *, __u32, void *, __u32);
HELPER(skb_store_bytes, struct __sk_buff *, __u32, const void *, __u32, __u64);
HELPER(skb_adjust_room, struct __sk_buff *, __s32, __u32, __u64);
HELPER(skb_change_head, struct __sk_buff *, __u32, __u64);
HELPER(clone_redirect, struct __sk_buff *, __u32, __u64);
HELPER(redirect, __u32, __u64);
HELPER(redirect_neigh, __u32, void *, int, __u64);
HELPER(tail_call, void *, const void *, __u32);

#define swap16(x) __builtin_bswap16(x)

/* The maps, as object.ts reads them. */
struct map { __u32 type, key, value, entries, flags; };

#define SESSIONS 1024

enum action { TO_RADIO, TO_TUN, TO_TUNNEL };

/* What is done with a packet. Addresses, TEIDs and MACs are in network order. */
struct way {
  __u32 action;
  __u32 counter; /* index in `counters` */
  __u32 interface; /* TO_RADIO, TO_TUN: where it goes */
  __u32 mtu; /* of that interface */
  __u32 teid, source, destination; /* TO_TUNNEL: the tunnel that it goes into */
  __u8 to[ETH_ALEN], from[ETH_ALEN]; /* TO_RADIO: MACs of the frame; from a phone: `to` is the base station's */
};

struct tunnel_key { __u32 address, teid; };
struct phone_key { __u32 interface; __u8 mac[ETH_ALEN], zero[2]; };
struct route { __u32 interface, mtu; };
struct count { __u64 packets, octets; };

/* By the end of a tunnel that is here; by the phone's MAC on a radio interface; by the phone's IPv4 address. */
struct map tunnels SECTION("maps") = {BPF_MAP_TYPE_HASH, sizeof(struct tunnel_key), sizeof(struct way), 2 * SESSIONS, 0};
struct map phones SECTION("maps") = {BPF_MAP_TYPE_HASH, sizeof(struct phone_key), sizeof(struct way), SESSIONS, 0};
struct map addresses SECTION("maps") = {BPF_MAP_TYPE_HASH, sizeof(__u32), sizeof(struct way), SESSIONS, 0};
/* The ways to the other ends, by their addresses. */
struct map routes SECTION("maps") = {BPF_MAP_TYPE_HASH, sizeof(__u32), sizeof(struct route), 2 * SESSIONS, 0};
/* Two for each session: up, down. */
struct map counters SECTION("maps") = {BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(struct count), 2 * SESSIONS,
                                       BPF_F_MMAPABLE};
enum program { RADIO, GTPU, TUN, PROGRAMS };
struct map programs SECTION("maps") = {BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32), sizeof(__u32), PROGRAMS, 0};

/* Not ours: the next filter of the door looks at it, and then the kernel. */
#define LEAVE TC_ACT_UNSPEC

#define GTPU_PORT 2152
#define GTPU_PLAIN 0x30 /* version 1, GTP, no optional fields (TS 29.281, 5.1) */
#define GTPU_GPDU 255
#define TTL 64 /* net.ipv4.ip_default_ttl */
#define VERSION_IHL 0x45
#define DONT_FRAGMENT 0x4000
#define FRAGMENT 0x3fff /* more fragments, or an offset */
/* skb->tc_index of a copy that is there only to be seen at the TUN device (see `tun`). */
#define SEEN_ONLY 0x6770

struct gtpu { __u8 flags, type; __u16 length; __u32 teid; };
/* What a tunnel puts around a packet: 36 octets. */
struct tunnel_header { struct iphdr ip; struct udphdr udp; struct gtpu gtpu; } __attribute__((packed));
#define OVERHEAD sizeof(struct tunnel_header)

/* RFC 1071, over a header of 20 octets: 0 when its checksum is right, and the checksum when that is 0 yet. */
INLINE __u16 header_sum(const void *header) {
  const __u16 *words = header;
  __u32 sum = 0;
#pragma unroll
  for (int at = 0; at < 10; at++) sum += words[at];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

/* 169.254.0.0/16 never leaves its link (RFC 3927, 7). */
INLINE int is_link_local(__u32 address) { return (address & 0xffff) == swap16(0xa9fe); }

INLINE int same_mac(const __u8 *a, const __u8 *b) {
  return *(const __u32 *)a == *(const __u32 *)b && *(const __u16 *)(a + 4) == *(const __u16 *)(b + 4);
}

INLINE void count(const struct way *way, __u32 octets) {
  struct count *here = bpf_map_lookup_elem(&counters, &way->counter);
  if (!here) return;
  __sync_fetch_and_add(&here->packets, 1);
  __sync_fetch_and_add(&here->octets, octets);
}

/* The route to the other end of the tunnel, when a packet of so many octets fits into it. */
INLINE struct route *route_for(const struct way *way, __u32 octets) {
  struct route *route = bpf_map_lookup_elem(&routes, &way->destination);
  return route && octets + OVERHEAD <= route->mtu ? route : 0;
}

/* As a UDP socket would send it: own TTL and type of service, DF, no identification (RFC 6864: atomic). No UDP checksum
 * (RFC 768: zero), which would cost a pass over the packet; what is inside has its own. */
INLINE void fill(struct tunnel_header *header, const struct way *way, __u32 octets) {
  __builtin_memset(header, 0, sizeof(*header));
  *(__u8 *)&header->ip = VERSION_IHL;
  header->ip.tot_len = swap16(octets + OVERHEAD);
  header->ip.frag_off = swap16(DONT_FRAGMENT);
  header->ip.ttl = TTL;
  header->ip.protocol = IPPROTO_UDP;
  header->ip.saddr = way->source;
  header->ip.daddr = way->destination;
  header->ip.check = header_sum(header);
  header->udp.source = header->udp.dest = swap16(GTPU_PORT);
  header->udp.len = swap16(octets + OVERHEAD - sizeof(struct iphdr));
  header->gtpu.flags = GTPU_PLAIN;
  header->gtpu.type = GTPU_GPDU;
  header->gtpu.length = swap16(octets);
  header->gtpu.teid = way->teid;
}

/* Puts a tunnel around the packet behind the Ethernet header and sends it on its way. */
INLINE int encapsulate(struct __sk_buff *skb, const struct way *way, const struct route *route, __u32 octets) {
  struct tunnel_header header;
  fill(&header, way, octets);
  /* Without BPF_F_ADJ_ROOM_ENCAP_*: a packet from phone to phone leaves one tunnel and enters another in one kernel, which
   * would still take it for encapsulated, and refuse (EALREADY). The flags are for segments, which never come here. */
  if (bpf_skb_adjust_room(skb, OVERHEAD, BPF_ADJ_ROOM_MAC, 0)) return TC_ACT_SHOT;
  if (bpf_skb_store_bytes(skb, ETH_HLEN, &header, sizeof(header), 0)) return TC_ACT_SHOT;
  count(way, octets);
  return bpf_redirect_neigh(route->interface, 0, 0, 0);
}

struct frame { struct ethhdr ethernet; struct iphdr ip; } __attribute__((packed));

/* The way of a phone's frame, when it is one for the fast path. Asked twice about each frame: by the program at the door,
 * and by the threads' packet socket, which sees every frame before the door does. */
INLINE struct way *phone_way(struct __sk_buff *skb, struct route **route) {
  struct frame frame;
  struct phone_key key = {.interface = skb->ifindex};
  if (skb->gso_size || skb->vlan_present) return 0; /* not one packet; another link */
  if (bpf_skb_load_bytes(skb, 0, &frame, sizeof(frame))) return 0;
  if (frame.ethernet.h_proto != swap16(ETH_P_IP) || frame.ip.version != 4) return 0;
  if (is_link_local(frame.ip.daddr)) return 0;
  __builtin_memcpy(key.mac, frame.ethernet.h_source, ETH_ALEN);
  struct way *way = bpf_map_lookup_elem(&phones, &key);
  if (!way || !same_mac(way->to, frame.ethernet.h_dest)) return 0;
  *route = route_for(way, skb->len - ETH_HLEN);
  return *route ? way : 0;
}

SECTION("classifier/radio") int radio(struct __sk_buff *skb) {
  struct route *route = 0;
  struct way *way = phone_way(skb, &route);
  return way ? encapsulate(skb, way, route, skb->len - ETH_HLEN) : LEAVE;
}

/* For the threads' packet socket: what the program above takes is not for them. */
SECTION("socket/radio_rest") int radio_rest(struct __sk_buff *skb) {
  struct route *route = 0;
  return phone_way(skb, &route) ? 0 : -1;
}

/* Into the next tunnel: the same message from the next node, with the next TEID. */
INLINE int relay(struct __sk_buff *skb, const struct way *way, __u32 octets) {
  struct route *route = route_for(way, octets);
  struct tunnel_header header;
  if (!route) return LEAVE;
  fill(&header, way, octets);
  if (bpf_skb_store_bytes(skb, ETH_HLEN, &header, sizeof(header), 0)) return TC_ACT_SHOT;
  count(way, octets);
  return bpf_redirect_neigh(route->interface, 0, 0, 0);
}

/* Out of the tunnel, to the phone or into the kernel of the PGW. */
INLINE int decapsulate(struct __sk_buff *skb, const struct way *way, __u32 octets) {
  struct ethhdr ethernet = {.h_proto = swap16(ETH_P_IP)};
  __u8 first = 0;
  if (octets > way->mtu || octets < sizeof(struct iphdr)) return LEAVE;
  if (bpf_skb_load_bytes(skb, ETH_HLEN + OVERHEAD, &first, 1) || first >> 4 != 4) return LEAVE;
  if (bpf_skb_adjust_room(skb, -(__s32)OVERHEAD, BPF_ADJ_ROOM_MAC, 0)) return TC_ACT_SHOT;
  __builtin_memcpy(ethernet.h_dest, way->to, ETH_ALEN);
  __builtin_memcpy(ethernet.h_source, way->from, ETH_ALEN);
  if (bpf_skb_store_bytes(skb, 0, &ethernet, sizeof(ethernet), 0)) return TC_ACT_SHOT;
  count(way, octets);
  return bpf_redirect(way->interface, way->action == TO_TUN ? BPF_F_INGRESS : 0);
}

SECTION("classifier/gtpu") int gtpu(struct __sk_buff *skb) {
  struct { struct ethhdr ethernet; struct tunnel_header tunnel; } __attribute__((packed)) packet;
  if (skb->pkt_type != 0 || skb->gso_size || skb->vlan_present) return LEAVE; /* PACKET_HOST is 0 */
  if (bpf_skb_load_bytes(skb, 0, &packet, sizeof(packet))) return LEAVE;
  const struct tunnel_header *header = &packet.tunnel;
  if (packet.ethernet.h_proto != swap16(ETH_P_IP) || *(__u8 *)&header->ip != VERSION_IHL) return LEAVE;
  if (header->ip.protocol != IPPROTO_UDP || header->ip.frag_off & swap16(FRAGMENT)) return LEAVE;
  if (header->udp.dest != swap16(GTPU_PORT) || header->udp.check) return LEAVE;
  if (header->gtpu.flags != GTPU_PLAIN || header->gtpu.type != GTPU_GPDU) return LEAVE;
  __u32 octets = swap16(header->gtpu.length);
  if (header->udp.len != swap16(octets + OVERHEAD - sizeof(struct iphdr))) return LEAVE;
  if (header->ip.tot_len != swap16(octets + OVERHEAD) || skb->len != ETH_HLEN + OVERHEAD + octets) return LEAVE;
  if (header_sum(header)) return LEAVE;
  struct tunnel_key key = {header->ip.daddr, header->gtpu.teid};
  struct way *way = bpf_map_lookup_elem(&tunnels, &key);
  if (!way) return LEAVE;
  return way->action == TO_TUNNEL ? relay(skb, way, octets) : decapsulate(skb, way, octets);
}

/* What the kernel routes to a phone. The packet that goes into the tunnel never passes the TUN device, where captures look for
 * it: a copy does, and is dropped behind it. Packets of the PGW's own may lack their checksum yet, so the threads have them. */
SECTION("classifier/tun") int tun(struct __sk_buff *skb) {
  struct iphdr ip;
  if (skb->tc_index == SEEN_ONLY || skb->protocol != swap16(ETH_P_IP)) return LEAVE;
  if (skb->gso_size || skb->ingress_ifindex == 0) return LEAVE;
  if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip))) return LEAVE;
  __u32 octets = skb->len;
  struct way *way = bpf_map_lookup_elem(&addresses, &ip.daddr);
  struct route *route = way ? route_for(way, octets) : 0;
  if (!way || !route) return LEAVE;
  skb->tc_index = SEEN_ONLY;
  bpf_clone_redirect(skb, skb->ifindex, 0);
  skb->tc_index = 0;
  /* A place for the Ethernet header, which redirect_neigh fills. */
  if (bpf_skb_change_head(skb, ETH_HLEN, 0)) return TC_ACT_SHOT;
  __u16 type = swap16(ETH_P_IP);
  if (bpf_skb_store_bytes(skb, 2 * ETH_ALEN, &type, sizeof(type), 0)) return TC_ACT_SHOT;
  return encapsulate(skb, way, route, octets);
}

/* For the TUN device: the copies have been seen. */
SECTION("socket/tun_rest") int tun_rest(struct __sk_buff *skb) { return skb->tc_index == SEEN_ONLY ? 0 : -1; }

#define ENTRY(name, index) \
  SECTION("classifier/" #name) int name(struct __sk_buff *skb) { \
    bpf_tail_call(skb, &programs, index); \
    return LEAVE; \
  }
ENTRY(radio_entry, RADIO)
ENTRY(gtpu_entry, GTPU)
ENTRY(tun_entry, TUN)
