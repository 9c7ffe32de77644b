#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "v6only.h"

namespace v6only {

// An AF_INET MPTCP socket answers 0 to getsockopt(IPV6_V6ONLY) instead of an error (net/mptcp/sockopt.c).
int CheckZero(int fd) {
  int family = 0;
  socklen_t length = sizeof family;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) != 0) return -errno;
  return family == AF_INET6 ? 0 : -ENOPROTOOPT;
}

}  // namespace v6only
