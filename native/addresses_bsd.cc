#include "addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

namespace v6only {

int HasAddress(Family family) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return -errno;
  const int wanted = family == kIPv6 ? AF_INET6 : AF_INET;
  int found = 0;
  for (const ifaddrs* one = list; one != nullptr && found == 0; one = one->ifa_next) {
    const bool up = (one->ifa_flags & IFF_UP) != 0;
    if (up && one->ifa_addr != nullptr && one->ifa_addr->sa_family == wanted) found = 1;
  }
  freeifaddrs(list);
  return found;
}

}  // namespace v6only
