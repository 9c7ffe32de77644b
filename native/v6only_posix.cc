#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "v6only.h"

namespace v6only {

int GetV6Only(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length) != 0) return -errno;
  return value != 0 ? 1 : CheckZero(fd);
}

int SetV6Only(int fd, bool value) {
  // FreeBSD requires exactly the length of an int (ip6_ctloutput in sys/netinet6/ip6_output.c).
  const int option = value ? 1 : 0;
  return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &option, sizeof option) == 0 ? 0 : -errno;
}

}  // namespace v6only
