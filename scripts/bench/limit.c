/*
 * The lower bound: carries out the network operations of a Xiyou plan with netlink(7), setns(2) and nothing else, in
 * one thread. No checks of what stands, no state, no error texts: what is left is the kernel's own work. The plan is
 * written by limit.ts, one operation per line, already in the order in which the kernel needs it:
 *
 *   N name                            new namespace; what follows is in it
 *   S path value                      a file below /proc/sys
 *   @ name                            what follows goes to the netlink socket of this namespace
 *   B index name mac                  bridge
 *   V index name mac mtu peer-namespace peer-index peer-name peer-mac
 *   O name                            checksum offload off (ethtool(8))
 *   A index family address length broadcast|-
 *   U index master|0                  interface up; port of a bridge
 *   R family to length via|-          static route
 *
 * limit up PLAN DIRECTORY PREFIX      namespaces are held by mounts in DIRECTORY, a tmpfs; names PREFIX-NAME in /run/netns
 * limit down DIRECTORY PREFIX         takes exactly those away
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what, const char *about) {
  fprintf(stderr, "limit: %s %s: %s\n", what, about, strerror(errno));
  exit(1);
}

/* Namespaces by name, in an open hash table: a lab has at most some thousands. */
enum { slots = 1 << 15 };
struct namespace { char name[64]; int fd, netlink; };
static struct namespace table[slots];

static struct namespace *slot_of(const char *name) {
  unsigned hash = 5381;
  for (const char *at = name; *at; at++) hash = hash * 33 + (unsigned char)*at;
  for (unsigned at = hash % slots;; at = (at + 1) % slots)
    if (table[at].name[0] == 0 || strcmp(table[at].name, name) == 0) return &table[at];
}

/* One batch of messages for one socket. Only the last asks for an acknowledgement; a refusal is answered anyway. */
static char batch[1 << 16];
static unsigned used, sequence;
static struct nlmsghdr *last;

static void flush(struct namespace *to) {
  char answer[1 << 15];
  if (used == 0) return;
  last->nlmsg_flags |= NLM_F_ACK;
  if (send(to->netlink, batch, used, 0) < 0) fail("send", to->name);
  for (int done = 0; !done;) {
    int length = recv(to->netlink, answer, sizeof answer, 0);
    if (length < 0) fail("recv", to->name);
    for (struct nlmsghdr *one = (void *)answer; NLMSG_OK(one, length); one = NLMSG_NEXT(one, length)) {
      struct nlmsgerr *verdict = NLMSG_DATA(one);
      if (one->nlmsg_type != NLMSG_ERROR) continue;
      if (verdict->error != 0) { errno = -verdict->error; fail("the kernel refused a message of", to->name); }
      if (one->nlmsg_seq == sequence) done = 1;
    }
  }
  used = 0;
}
static void begin(int type, int flags, const void *header, unsigned length) {
  last = (void *)(batch + used);
  memset(last, 0, NLMSG_SPACE(length));
  *last = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(length), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = ++sequence};
  memcpy(NLMSG_DATA(last), header, length);
}
static struct rtattr *attribute(int type, const void *value, unsigned length) {
  struct rtattr *made = (void *)((char *)last + NLMSG_ALIGN(last->nlmsg_len));
  made->rta_type = type;
  made->rta_len = RTA_LENGTH(length);
  if (length > 0) memcpy(RTA_DATA(made), value, length);
  last->nlmsg_len = NLMSG_ALIGN(last->nlmsg_len) + RTA_ALIGN(made->rta_len);
  return made;
}
static void close_nested(struct rtattr *outer) { outer->rta_len = (char *)last + last->nlmsg_len - (char *)outer; }
static void end(struct namespace *to) {
  used += NLMSG_ALIGN(last->nlmsg_len);
  if (used > sizeof batch - 4096) flush(to);
}

static void names(const char *name, const char *mac, int mtu) {
  unsigned char octets[6];
  if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", octets, octets + 1, octets + 2, octets + 3, octets + 4, octets + 5) != 6) fail("mac", mac);
  attribute(IFLA_IFNAME, name, strlen(name) + 1);
  attribute(IFLA_ADDRESS, octets, 6);
  if (mtu > 0) attribute(IFLA_MTU, &mtu, 4);
}
static unsigned address(int family, const char *text, unsigned char *octets) {
  if (inet_pton(family, text, octets) != 1) fail("address", text);
  return family == AF_INET ? 4 : 16;
}

static void new_namespace(struct namespace *made, const char *name, const char *directory, const char *prefix) {
  char path[PATH_MAX], link[PATH_MAX];
  int on = 1, room = 1 << 20;
  if (strlen(name) >= sizeof made->name) { errno = ENAMETOOLONG; fail("name", name); }
  strcpy(made->name, name);
  snprintf(path, sizeof path, "%s/%s", directory, name);
  snprintf(link, sizeof link, "/run/netns/%s-%s", prefix, name);
  int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (file < 0) fail("create", path);
  close(file);
  if (unshare(CLONE_NEWNET)) fail("unshare", name);
  if (mount("/proc/thread-self/ns/net", path, "", MS_BIND, NULL)) fail("mount", path);
  if (symlink(path, link)) fail("symlink", link);
  made->fd = open(path, O_RDONLY | O_CLOEXEC);
  made->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (made->fd < 0 || made->netlink < 0) fail("open", name);
  setsockopt(made->netlink, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  setsockopt(made->netlink, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}
static void write_sysctl(const char *path, const char *value) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, value, strlen(value)) < 0) fail("sysctl", path);
  close(file);
}

enum { created = NLM_F_CREATE | NLM_F_EXCL };

static void operation(struct namespace *here, const char *line) {
  char name[64], mac[32], peer[64], peer_name[64], peer_mac[32], text[64], more[64];
  int index, mtu, peer_index, family, length, master;
  unsigned char octets[16];
  struct ifinfomsg link = {0}, other = {0};
  struct rtattr *info, *data, *end_two;
  switch (line[0]) {
    case 'B':
      sscanf(line, "B %d %63s %31s", &link.ifi_index, name, mac);
      begin(RTM_NEWLINK, created, &link, sizeof link);
      names(name, mac, 0);
      info = attribute(IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
      attribute(IFLA_INFO_KIND, "bridge", 6);
      close_nested(info);
      end(here);
      return;
    case 'V':
      sscanf(line, "V %d %63s %31s %d %63s %d %63s %31s", &index, name, mac, &mtu, peer, &peer_index, peer_name, peer_mac);
      link.ifi_index = index;
      other.ifi_index = peer_index;
      begin(RTM_NEWLINK, created, &link, sizeof link);
      names(name, mac, mtu);
      info = attribute(IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
      attribute(IFLA_INFO_KIND, "veth", 4);
      data = attribute(IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0);
      end_two = attribute(VETH_INFO_PEER | NLA_F_NESTED, &other, sizeof other);
      names(peer_name, peer_mac, mtu);
      attribute(IFLA_NET_NS_FD, &slot_of(peer)->fd, 4);
      close_nested(end_two);
      close_nested(data);
      close_nested(info);
      end(here);
      return;
    case 'O': {
      struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM, .data = 0};
      struct ifreq request = {.ifr_data = (void *)&off};
      sscanf(line, "O %15s", request.ifr_name);
      if (ioctl(here->netlink, SIOCETHTOOL, &request)) fail("ethtool", line);
      return;
    }
    case 'A': {
      sscanf(line, "A %d %d %63s %d %63s", &index, &family, text, &length, more);
      family = family == 4 ? AF_INET : AF_INET6;
      struct ifaddrmsg message = {.ifa_family = family, .ifa_prefixlen = length, .ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0, .ifa_index = index};
      begin(RTM_NEWADDR, created, &message, sizeof message);
      attribute(IFA_LOCAL, octets, address(family, text, octets));
      attribute(IFA_ADDRESS, octets, family == AF_INET ? 4 : 16);
      if (more[0] != '-') attribute(IFA_BROADCAST, octets, address(family, more, octets));
      end(here);
      return;
    }
    case 'U':
      sscanf(line, "U %d %d", &index, &master);
      link = (struct ifinfomsg){.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
      begin(RTM_NEWLINK, 0, &link, sizeof link);
      if (master > 0) attribute(IFLA_MASTER, &master, 4);
      end(here);
      return;
    case 'R': {
      sscanf(line, "R %d %63s %d %63s", &family, text, &length, more);
      family = family == 4 ? AF_INET : AF_INET6;
      struct rtmsg message = {.rtm_family = family, .rtm_dst_len = length, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
      begin(RTM_NEWROUTE, created, &message, sizeof message);
      if (length > 0) attribute(RTA_DST, octets, address(family, text, octets));
      attribute(RTA_GATEWAY, octets, address(family, more, octets));
      end(here);
      return;
    }
    default:
      errno = EINVAL;
      fail("line", line);
  }
}

static int up(const char *plan, const char *directory, const char *prefix) {
  char line[512], name[256], value[128];
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (mkdir(directory, 0755)) fail("mkdir", directory);
  if (mount("tmpfs", directory, "tmpfs", 0, "mode=755,nr_inodes=0")) fail("mount", directory);
  if (mount("", directory, "", MS_PRIVATE, NULL)) fail("mount --make-private", directory);
  FILE *file = fopen(plan, "r");
  if (file == NULL) fail("open", plan);
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  struct namespace *here = NULL;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == 'N') new_namespace(slot_of(line + 2), line + 2, directory, prefix);
    else if (line[0] == 'S' && sscanf(line, "S %255s %127[^\n]", name, value) == 2) write_sysctl(name, value);
    else if (line[0] == '@') {
      if (here != NULL) flush(here);
      here = slot_of(line + 2);
    } else if (here != NULL) operation(here, line);
  }
  if (here != NULL) flush(here);
  if (setns(home, CLONE_NEWNET)) fail("setns", "back");
  return 0;
}

static int down(const char *directory, const char *prefix) {
  char link[PATH_MAX], target[PATH_MAX], wanted[PATH_MAX];
  DIR *entries = opendir(directory);
  if (entries == NULL) fail("open", directory);
  for (struct dirent *one; (one = readdir(entries)) != NULL;) {
    if (one->d_name[0] == '.') continue;
    snprintf(link, sizeof link, "/run/netns/%s-%s", prefix, one->d_name);
    snprintf(wanted, sizeof wanted, "%s/%s", directory, one->d_name);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    if (strcmp(target, wanted) == 0) unlink(link);
  }
  closedir(entries);
  /* EINVAL: nothing is mounted there, because `up` came no further. */
  if (umount2(directory, MNT_DETACH) && errno != EINVAL) fail("umount", directory);
  if (rmdir(directory)) fail("rmdir", directory);
  return 0;
}

int main(int count, char **words) {
  if (count == 5 && strcmp(words[1], "up") == 0) return up(words[2], words[3], words[4]);
  if (count == 4 && strcmp(words[1], "down") == 0) return down(words[2], words[3]);
  fprintf(stderr, "usage: limit up PLAN DIRECTORY PREFIX | limit down DIRECTORY PREFIX\n");
  return 2;
}
