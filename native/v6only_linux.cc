#include "v6only.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace v6only {

namespace {

// An AF_INET MPTCP socket answers 0 to getsockopt(IPV6_V6ONLY) instead of an error (net/mptcp/sockopt.c),
// so a 0 is believed only of an AF_INET6 socket. A 1 needs no second question.
int CheckFamily(int fd) {
  int family = 0;
  socklen_t length = sizeof family;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) != 0) return -errno;
  return family == AF_INET6 ? 0 : -ENOPROTOOPT;
}

}  // namespace

int GetV6Only(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length) != 0) return -errno;
  return value != 0 ? 1 : CheckFamily(fd);
}

int SetV6Only(int fd, bool value) {
  const int option = value ? 1 : 0;
  return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &option, sizeof option) == 0 ? 0 : -errno;
}

}  // namespace v6only
