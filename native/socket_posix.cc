#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decimal.h"

namespace v6only {

namespace {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_storage storage;
};

Family FamilyOf(const SocketAddress& address) {
  if (address.any.sa_family == AF_INET6) return kIPv6;
  return address.any.sa_family == AF_INET ? kIPv4 : kOtherFamily;
}

// The zone follows link-local addresses only, where it is part of the address (RFC 4007, section 11).
void AppendZone(const sockaddr_in6& address, char* text) {
  if (!IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr) || address.sin6_scope_id == 0) return;
  char* end = text + strlen(text);
  *end = '%';
  // Without it this would be another address; a number is a zone too (section 11.2), as with getnameinfo.
  if (if_indextoname(address.sin6_scope_id, end + 1) == nullptr) *WriteDecimal(address.sin6_scope_id, end + 1) = '\0';
}

void Convert(const SocketAddress& from, Address* to) {
  to->port = -1;
  to->text[0] = '\0';
  if (FamilyOf(from) == kIPv4) {
    to->port = ntohs(from.v4.sin_port);
    inet_ntop(AF_INET, &from.v4.sin_addr, to->text, sizeof to->text);
  } else if (FamilyOf(from) == kIPv6) {
    to->port = ntohs(from.v6.sin6_port);
    inet_ntop(AF_INET6, &from.v6.sin6_addr, to->text, INET6_ADDRSTRLEN);
    AppendZone(from.v6, to->text);
  }
}

int IntegerOption(int fd, int option, int* value) {
  socklen_t length = sizeof *value;
  return getsockopt(fd, SOL_SOCKET, option, value, &length) == 0 ? 0 : -errno;
}

SocketType TypeOf(int type) {
  if (type == SOCK_STREAM) return kStream;
  if (type == SOCK_DGRAM) return kDatagram;
  return type == SOCK_RAW ? kRaw : kOtherType;
}

// "name" or "fe80::1%name" into a sockaddr; the zone may be a name or an index (RFC 4007, section 11.2).
int ParseIPv6(const char* text, int port, sockaddr_in6* address) {
  char buffer[INET6_ADDRSTRLEN];
  const char* zone = strchr(text, '%');
  const size_t length = zone != nullptr ? static_cast<size_t>(zone - text) : strlen(text);
  if (length >= sizeof buffer) return -EINVAL;
  memcpy(buffer, text, length);
  buffer[length] = '\0';
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(static_cast<in_port_t>(port));
  if (zone != nullptr) address->sin6_scope_id = if_nametoindex(zone + 1);
  if (zone != nullptr && address->sin6_scope_id == 0) return -ENXIO;
  return inet_pton(AF_INET6, buffer, &address->sin6_addr) == 1 ? 0 : -EINVAL;
}

int ParseIPv4(const char* text, int port, sockaddr_in* address) {
  address->sin_family = AF_INET;
  address->sin_port = htons(static_cast<in_port_t>(port));
  return inet_pton(AF_INET, text, &address->sin_addr) == 1 ? 0 : -EINVAL;
}

// Most errors say that there is no peer, or none any more (ENOTCONN; EINVAL and ECONNRESET on FreeBSD and macOS).
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

int Describe(int fd, Description* description) {
  SocketAddress address;
  memset(&address, 0, sizeof address);
  socklen_t length = sizeof address;
  // getsockname answers for the family too, and in every state, on systems without SO_DOMAIN (macOS).
  if (getsockname(fd, &address.any, &length) != 0) return -errno;
  description->family = FamilyOf(address);
  Convert(address, &description->local);
  int value = 0;
  const int failed = IntegerOption(fd, SO_TYPE, &value);
  if (failed != 0) return failed;
  description->type = TypeOf(value);
  // 1 on Linux, the raw flag 2 on FreeBSD; an error where the socket cannot listen at all.
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
  memset(&address, 0, sizeof address);
  const bool v6 = strchr(text, ':') != nullptr;
  const int failed = v6 ? ParseIPv6(text, port, &address.v6) : ParseIPv4(text, port, &address.v4);
  if (failed != 0) return failed;
  const socklen_t length = v6 ? sizeof address.v6 : sizeof address.v4;
  return bind(fd, &address.any, length) == 0 ? 0 : -errno;
}

int SetReuse(int fd, Reuse reuse) {
  const int address = reuse == kReuseAddress;
  const int port = reuse == kReusePort;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &address, sizeof address) != 0) return -errno;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &port, sizeof port) == 0 ? 0 : -errno;
}

int Close(int fd) {
  // Not repeated on EINTR: Linux has closed the descriptor by then, and another thread may have its number.
  return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

}  // namespace v6only
