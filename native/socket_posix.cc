#include "socket.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decimal.h"
#include "socket_address.h"

namespace v6only {

namespace {

int IntegerOption(int fd, int option, int* value) {
  socklen_t length = sizeof *value;
  return getsockopt(fd, SOL_SOCKET, option, value, &length) == 0 ? 0 : -errno;
}

SocketType TypeOf(int type) {
  if (type == SOCK_STREAM) return kStream;
  if (type == SOCK_DGRAM) return kDatagram;
  return type == SOCK_RAW ? kRaw : kOtherType;
}

// Most errors mean that there is no peer, or no longer one (ENOTCONN; EINVAL and ECONNRESET on FreeBSD and macOS).
bool IsUnknown(int error) { return error == ENOBUFS || error == ENOMEM || error == EBADF || error == ENOTSOCK; }

int DescribePeer(int fd, Address* peer) {
  SocketAddress address;
  memset(&address, 0, sizeof address);
  socklen_t length = sizeof address;
  if (getpeername(fd, &address.any, &length) != 0) {
    if (IsUnknown(errno)) return -errno;
    memset(&address, 0, sizeof address);
  }
  Convert(address, peer);
  return 0;
}

}  // namespace

static_assert(kAddressLength == INET6_ADDRSTRLEN && kZoneLength == IF_NAMESIZE, "socket.h has these lengths");

// If the name is gone the zone is a number, as with getnameinfo: without it this would be a different address.
void WriteZone(uint32_t index, char* to) {
  if (if_indextoname(index, to) == nullptr) *WriteDecimal(index, to) = '\0';
}

uint32_t ReadZone(const char* zone) { return if_nametoindex(zone); }

int Describe(int fd, Description* description) {
  SocketAddress address;
  memset(&address, 0, sizeof address);
  socklen_t length = sizeof address;
  // getsockname also returns the family, in every state, on systems without SO_DOMAIN (macOS).
  if (getsockname(fd, &address.any, &length) != 0) return -errno;
  description->family = FamilyOf(address.any.sa_family);
  Convert(address, &description->local);
  int value = 0;
  const int failed = IntegerOption(fd, SO_TYPE, &value);
  if (failed != 0) return failed;
  description->type = TypeOf(value);
  // 1 on Linux, the raw flag 2 on FreeBSD; an error if the socket can't listen at all.
  value = 0;
  const int unanswered = IntegerOption(fd, SO_ACCEPTCONN, &value);
  if (IsUnknown(-unanswered)) return unanswered;
  description->listening = unanswered == 0 && value != 0;
  return DescribePeer(fd, &description->peer);
}

int Open(Family family, SocketType type) {
  return OpenCloseOnExec(family == kIPv6 ? AF_INET6 : AF_INET, type == kStream ? SOCK_STREAM : SOCK_DGRAM);
}

int Bind(int fd, const char* text, int port) {
  SocketAddress address;
  const int length = Parse(text, port, &address);
  if (length < 0) return length;
  return bind(fd, &address.any, static_cast<socklen_t>(length)) == 0 ? 0 : -errno;
}

int SetReuse(int fd, Reuse reuse) {
  const int address = reuse == kReuseAddress;
  const int port = reuse == kReusePort;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &address, sizeof address) != 0) return -errno;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &port, sizeof port) == 0 ? 0 : -errno;
}

int Close(int fd) {
  // Not repeated on EINTR: Linux has closed the descriptor by then, and another thread may have reused its number.
  return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

}  // namespace v6only
