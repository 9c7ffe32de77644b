// Inspects descriptors and opens our own sockets. Every function returns a value or a negative errno.
#ifndef V6ONLY_NATIVE_SOCKET_H_
#define V6ONLY_NATIVE_SOCKET_H_

#include <stddef.h>

namespace v6only {

// Small numbers of our own instead of AF_* and SOCK_*, whose values differ between systems.
enum Family { kOtherFamily = 0, kIPv4 = 4, kIPv6 = 6 };
enum SocketType { kStream = 1, kDatagram = 2, kRaw = 3, kOtherType = 0 };

// For an IPv6 address as text (INET6_ADDRSTRLEN), and an interface name (IF_NAMESIZE), with a terminating 0.
constexpr size_t kAddressLength = 46;
constexpr size_t kZoneLength = 16;

struct Address {
  // -1 when there is no address.
  int port;
  // A link-local address has a %zone, as Node writes it.
  char text[kAddressLength + kZoneLength + 1];
};

struct Description {
  Family family;
  SocketType type;
  bool listening;
  Address local;
  Address peer;
};

int Describe(int fd, Description* description);

// The descriptor of a new socket, close-on-exec and non-blocking.
int Open(Family family, SocketType type);

int Bind(int fd, const char* address, int port);

// Turns on SO_REUSEADDR, SO_REUSEPORT or neither, and turns off the rest.
enum Reuse { kNoReuse = 0, kReuseAddress = 1, kReusePort = 2 };
int SetReuse(int fd, Reuse reuse);

int Close(int fd);

// One per POSIX system: socket(2) with close-on-exec and non-blocking, in one step if the system supports it.
int OpenCloseOnExec(int domain, int type);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_SOCKET_H_
