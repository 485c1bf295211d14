/*
 * A foreign SCTP stack to test against: usrsctp, the stack of FreeBSD as a library, over raw IP sockets.
 *
 *   usrsctp-peer server PORT               echoes every message; ends when its first association has ended
 *   usrsctp-peer client ADDRESS PORT COUNT sends COUNT messages, compares the echoes, shuts down
 *
 * Message number i has 4 + 37 * i % 3000 octets, every 100th 60000 more: its number, then the octet i. It goes to
 * stream i % 4 with PPID 0x12345678; every tenth is unordered. Prints one line at the end: how many messages and octets came,
 * and "ok" or what was wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usrsctp.h>

enum { LARGEST = 1 << 17, STREAMS = 4, PPID = 0x12345678 };

static void die(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  fflush(stdout);
  _exit(1);
}

static size_t length_of(uint32_t i) { return 4 + (37 * (size_t)i) % 3000 + (i % 100 == 99 ? 60000 : 0); }

static size_t fill(unsigned char *into, uint32_t i) {
  size_t length = length_of(i);
  memset(into, (int)(i & 255), length);
  uint32_t number = htonl(i);
  memcpy(into, &number, 4);
  return length;
}

static void send_message(struct socket *s, const void *octets, size_t length, uint16_t stream, uint32_t ppid, int unordered) {
  struct sctp_sndinfo info;
  memset(&info, 0, sizeof info);
  info.snd_sid = stream;
  info.snd_ppid = ppid;
  info.snd_flags = unordered ? SCTP_UNORDERED : 0;
  if (usrsctp_sendv(s, octets, length, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0) die("send");
}

/* The next whole message; 0 at the end of the association. */
static size_t receive_message(struct socket *s, unsigned char *into, struct sctp_rcvinfo *info) {
  size_t length = 0;
  for (;;) {
    int flags = 0;
    unsigned int type = 0;
    socklen_t info_length = sizeof *info, from_length = 0;
    ssize_t n = usrsctp_recvv(s, into + length, LARGEST - length, NULL, &from_length, info, &info_length, &type, &flags);
    if (n < 0) die("receive");
    if (n == 0) return 0;
    length += (size_t)n;
    if (flags & MSG_EOR) return length;
    if (length == LARGEST) { errno = EMSGSIZE; die("receive"); }
  }
}

static struct socket *open_socket(void) {
  struct socket *s = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (s == NULL) die("socket");
  int on = 1;
  if (usrsctp_setsockopt(s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) < 0) die("SCTP_RECVRCVINFO");
  if (usrsctp_setsockopt(s, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) < 0) die("SCTP_NODELAY");
  struct sctp_initmsg init = {.sinit_num_ostreams = 8, .sinit_max_instreams = 8};
  if (usrsctp_setsockopt(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) < 0) die("SCTP_INITMSG");
  int size = 1 << 20;
  usrsctp_setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  usrsctp_setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return s;
}

static struct sockaddr_in address_of(const char *text, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) die("address");
  return address;
}

static void serve(int port) {
  struct socket *s = open_socket();
  struct sockaddr_in address = address_of("0.0.0.0", port);
  if (usrsctp_bind(s, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (usrsctp_listen(s, 1) < 0) die("listen");
  printf("ready\n");
  fflush(stdout);
  struct socket *peer = usrsctp_accept(s, NULL, NULL);
  if (peer == NULL) die("accept");
  static unsigned char octets[LARGEST];
  struct sctp_rcvinfo info;
  unsigned long messages = 0, total = 0;
  for (size_t n; (n = receive_message(peer, octets, &info)) > 0; messages++, total += n)
    send_message(peer, octets, n, info.rcv_sid, info.rcv_ppid, info.rcv_flags & SCTP_UNORDERED);
  usrsctp_close(peer);
  usrsctp_close(s);
  printf("%lu %lu ok\n", messages, total);
}

static struct socket *client_socket;
static uint32_t client_count;

static void *send_all(void *unused) {
  (void)unused;
  static unsigned char octets[LARGEST];
  for (uint32_t i = 0; i < client_count; i++) {
    size_t length = fill(octets, i);
    send_message(client_socket, octets, length, (uint16_t)(i % STREAMS), htonl(PPID), i % 10 == 9);
  }
  return NULL;
}

static void ask(const char *remote, int port) {
  client_socket = open_socket();
  struct sockaddr_in address = address_of(remote, port);
  if (usrsctp_connect(client_socket, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  pthread_t thread;
  if (pthread_create(&thread, NULL, send_all, NULL) != 0) die("thread");
  static unsigned char octets[LARGEST], expected[LARGEST];
  unsigned char *seen = calloc(client_count, 1);
  int64_t last[STREAMS] = {-1, -1, -1, -1};
  unsigned long messages = 0, total = 0;
  struct sctp_rcvinfo info;
  const char *wrong = NULL;
  while (messages < client_count && wrong == NULL) {
    size_t n = receive_message(client_socket, octets, &info);
    uint32_t number;
    if (n < 4) { wrong = "ended early"; break; }
    memcpy(&number, octets, 4);
    number = ntohl(number);
    if (number >= client_count || seen[number]++) wrong = "number";
    else if (n != fill(expected, number) || memcmp(octets, expected, n) != 0) wrong = "content";
    else if (info.rcv_sid != number % STREAMS || ntohl(info.rcv_ppid) != PPID) wrong = "stream or PPID";
    else if (!!(info.rcv_flags & SCTP_UNORDERED) != (number % 10 == 9)) wrong = "unordered";
    else if (number % 10 != 9 && (int64_t)number < last[number % STREAMS]) wrong = "order";
    else if (number % 10 != 9) last[number % STREAMS] = number;
    messages++;
    total += n;
  }
  pthread_join(thread, NULL);
  if (wrong == NULL && usrsctp_shutdown(client_socket, SHUT_WR) < 0) die("shutdown");
  if (wrong == NULL && receive_message(client_socket, octets, &info) != 0) wrong = "data after the last message";
  usrsctp_close(client_socket);
  printf("%lu %lu %s\n", messages, total, wrong == NULL ? "ok" : wrong);
}

int main(int argc, char **argv) {
  usrsctp_init(0, NULL, NULL);
  if (argc == 3 && strcmp(argv[1], "server") == 0) serve(atoi(argv[2]));
  else if (argc == 5 && strcmp(argv[1], "client") == 0) {
    client_count = (uint32_t)atoi(argv[4]);
    ask(argv[2], atoi(argv[3]));
  } else return 2;
  fflush(stdout);
  /* A SHUTDOWN COMPLETE that was lost is asked for again, and only a stack that is still there can answer. */
  sleep(5);
  _exit(0);
}
