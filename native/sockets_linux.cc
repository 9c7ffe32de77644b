// sock_diag, which `ss` uses (man 7 sock_diag; net/ipv4/inet_diag.c), in this process. Needs no privileges.
#include "sockets.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink_linux.h"
#include "rows.h"

namespace v6only {

namespace {

// The kernel's datagrams of a dump are no longer than this (netlink_recvmsg in net/netlink/af_netlink.c).
constexpr size_t kBufferSize = 32768;
// How often to repeat a dump that the kernel marks as interrupted.
constexpr int kMostDumps = 10;
constexpr uint8_t kProtocols[] = {kProtocolTcp, kProtocolUdp};
constexpr uint8_t kFamilies[] = {AF_INET6, AF_INET};

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
  nlattr attribute;
  inet_diag_bc_op filter[4];
};
static_assert(sizeof(Request) == sizeof(nlmsghdr) + sizeof(inet_diag_req_v2) + 20, "no padding");

struct Dump {
  int fd;
  uint32_t sequence;
  uint8_t* buffer;
};

// Bytecode (include/uapi/linux/inet_diag.h): "port >= n, else reject" and "port <= n, else reject", each with its
// number in a second operation. A jump to 4 past the end rejects (inet_diag_bc_run). INET_DIAG_BC_S_EQ would
// need one operation, but is refused with EINVAL before Linux 4.16.
void FilterByPort(uint16_t port, Request* request) {
  request->attribute.nla_len = sizeof request->attribute + sizeof request->filter;
  request->attribute.nla_type = INET_DIAG_REQ_BYTECODE;
  request->filter[0] = {INET_DIAG_BC_S_GE, 8, sizeof request->filter + 4};
  request->filter[1] = {0, 0, port};
  request->filter[2] = {INET_DIAG_BC_S_LE, 8, sizeof request->filter / 2 + 4};
  request->filter[3] = {0, 0, port};
}

int Ask(const Dump& dump, const SocketQuery& query, uint8_t family, uint8_t protocol) {
  Request request;
  memset(&request, 0, sizeof request);
  size_t size = sizeof request.header + sizeof request.diag;
  if (query.port != 0) {
    FilterByPort(query.port, &request);
    size = sizeof request;
  }
  request.header.nlmsg_len = static_cast<uint32_t>(size);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = dump.sequence;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = protocol;
  request.diag.idiag_states = query.states;
  ssize_t sent;
  do {
    sent = send(dump.fd, &request, size, 0);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return -errno;
  return static_cast<size_t>(sent) == size ? 0 : -EMSGSIZE;
}

// The length of the next datagram from the kernel; another process with CAP_NET_ADMIN could send some too.
ssize_t Receive(const Dump& dump) {
  for (;;) {
    sockaddr_nl sender;
    memset(&sender, 0, sizeof sender);
    socklen_t length = sizeof sender;
    const ssize_t size =
        recvfrom(dump.fd, dump.buffer, kBufferSize, MSG_TRUNC, reinterpret_cast<sockaddr*>(&sender), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return -errno;
    if (length != sizeof sender || sender.nl_pid != 0) continue;
    if (size == 0) return -EPROTO;
    // With MSG_TRUNC it is the datagram's full length.
    return static_cast<size_t>(size) <= kBufferSize ? size : -EMSGSIZE;
  }
}

// 1: the dump continues, 0: it is complete, -EINTR: it was interrupted and must be repeated.
int Collect(const Dump& dump, size_t size, uint8_t protocol, bool* interrupted, Rows* rows) {
  NetlinkReader reader = {dump.buffer, size, dump.sequence, 0, false, 0};
  SocketRow row;
  NetlinkItem item;
  while ((item = NextSocket(&reader, &row)) == NetlinkItem::kRow) {
    row.protocol = protocol;
    const int failed = Append(rows, row);
    if (failed != 0) return failed;
  }
  *interrupted = *interrupted || reader.interrupted;
  if (item == NetlinkItem::kFailed) return reader.error;
  if (item == NetlinkItem::kEmpty) return 1;
  return *interrupted ? -EINTR : 0;
}

int DumpOnce(const Dump& dump, const SocketQuery& query, uint8_t family, uint8_t protocol, Rows* rows) {
  const int failed = Ask(dump, query, family, protocol);
  if (failed != 0) return failed;
  bool interrupted = false;
  for (;;) {
    const ssize_t size = Receive(dump);
    if (size < 0) return static_cast<int>(size);
    const int result = Collect(dump, static_cast<size_t>(size), protocol, &interrupted, rows);
    if (result <= 0) return result;
  }
}

int DumpWhole(Dump* dump, const SocketQuery& query, uint8_t family, uint8_t protocol, Rows* rows) {
  const size_t before = rows->size;
  for (int i = 0; i < kMostDumps; i++) {
    dump->sequence++;
    rows->size = before;
    const int result = DumpOnce(*dump, query, family, protocol, rows);
    if (result != -EINTR) return result;
  }
  return -EAGAIN;
}

int DumpAll(Dump* dump, const SocketQuery& query, Rows* rows) {
  for (const uint8_t protocol : kProtocols) {
    if (query.protocol != 0 && query.protocol != protocol) continue;
    for (const uint8_t family : kFamilies) {
      if (query.family != 0 && (query.family == 6) != (family == AF_INET6)) continue;
      const int failed = DumpWhole(dump, query, family, protocol, rows);
      if (failed != 0) return failed;
    }
  }
  return 0;
}

}  // namespace

int ListSockets(SocketQuery query, Rows* rows) {
  // On the heap: a pool thread's stack may be small (musl).
  uint8_t* buffer = static_cast<uint8_t*>(malloc(kBufferSize));
  if (buffer == nullptr) return -ENOMEM;
  int failed;
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) {
    failed = -errno;
  } else {
    Dump dump = {fd, 0, buffer};
    failed = DumpAll(&dump, query, rows);
    close(fd);
  }
  free(buffer);
  if (failed != 0) Free(rows);
  return failed;
}

}  // namespace v6only
