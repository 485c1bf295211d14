/*
 * Load for the user plane, bounded in time; one line on standard output tells what arrived.
 *
 *   traffic tcp-sink PORT                        one connection; prints octets and seconds, first to last octet
 *   traffic tcp-source ADDRESS PORT SECONDS      as much as goes
 *   traffic udp-sink PORT                        prints datagrams and seconds, first to last, after half a second of silence
 *   traffic udp-source ADDRESS PORT SECONDS SIZE as many as go
 *
 * A sink first prints "listening".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 17];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_socket(int type, const char *address, int port, int to) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  int one = 1, room = 4 << 20, s = socket(AF_INET, type, 0);
  if (s < 0) die("socket");
  if (address && inet_pton(AF_INET, address, &name.sin_addr) != 1) errno = EINVAL, die(address);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (type == SOCK_DGRAM) setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if ((to ? connect : bind)(s, (struct sockaddr *)&name, sizeof name)) die(to ? "connect" : "bind");
  return s;
}

static void sink(int s, int silence) {
  uint64_t octets = 0, messages = 0;
  double first = 0, last = 0;
  struct pollfd wait = {.fd = s, .events = POLLIN};
  /* Nobody waits longer than a minute for the first. */
  while (poll(&wait, 1, messages ? silence : 60000) > 0) {
    ssize_t got = recv(s, buffer, sizeof buffer, 0);
    if (got < 0) die("recv");
    if (got == 0) break;
    last = now();
    if (!messages++) first = last;
    octets += got;
  }
  printf("%llu %llu %.6f\n", (unsigned long long)octets, (unsigned long long)messages, last - first);
}

int main(int count, char **words) {
  const char *what = count > 2 ? words[1] : "";
  int datagrams = !strncmp(what, "udp-", 4), type = datagrams ? SOCK_DGRAM : SOCK_STREAM;
  if (!strcmp(what + (count > 2 ? 4 : 0), "sink") && count == 3) {
    int s = open_socket(type, 0, atoi(words[2]), 0);
    if (!datagrams && listen(s, 1)) die("listen");
    printf("listening\n"), fflush(stdout);
    if (!datagrams && (s = accept(s, 0, 0)) < 0) die("accept");
    sink(s, datagrams ? 500 : 60000);
    return 0;
  }
  if (!strcmp(what + (count > 2 ? 4 : 0), "source") && count == (datagrams ? 6 : 5)) {
    int s = open_socket(type, words[2], atoi(words[3]), 1);
    size_t size = datagrams ? (size_t)atoi(words[5]) : sizeof buffer;
    if (size > sizeof buffer) return 2;
    for (double end = now() + atof(words[4]); now() < end;)
      if (send(s, buffer, size, 0) < 0 && errno != ENOBUFS && errno != EAGAIN) die("send");
    return 0;
  }
  fprintf(stderr, "see the head of traffic.c\n");
  return 2;
}
