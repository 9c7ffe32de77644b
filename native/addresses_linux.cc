// Without netlink, which getifaddrs needs and a service's sandbox may refuse (systemd's RestrictAddressFamilies).
#include "addresses.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace v6only {

namespace {

constexpr int kMostInterfaces = 256;

// The file doesn't exist in a kernel without IPv6, or if /proc is not mounted or not Linux's own (a chroot,
// FreeBSD's Linuxulator), which proves nothing.
int WithoutList(int error) {
  if (error != ENOENT) return -error;
  const int fd = Open(kIPv6, kDatagram);
  if (fd < 0) return 0;
  Close(fd);
  return -error;
}

// One line per address, whatever its state, except on interfaces that are down (net/ipv6/addrconf.c, if6_seq_show).
int HasIPv6Address() {
  const int fd = open("/proc/net/if_inet6", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return WithoutList(errno);
  char first;
  ssize_t count;
  do {
    count = read(fd, &first, 1);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  Close(fd);
  return count < 0 ? -error : count > 0;
}

// An interface that is gone by now (ENODEV) is not up.
int IsUp(int fd, const ifreq& interface) {
  ifreq request;
  memcpy(request.ifr_name, interface.ifr_name, sizeof request.ifr_name);
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) return errno == ENODEV ? 0 : -errno;
  return (request.ifr_flags & IFF_UP) != 0;
}

// SIOCGIFCONF lists only AF_INET addresses (man 7 netdevice).
int HasIPv4Address() {
  const int fd = Open(kIPv4, kDatagram);
  if (fd < 0) return fd;
  ifreq interfaces[kMostInterfaces];
  ifconf configuration;
  configuration.ifc_len = sizeof interfaces;
  configuration.ifc_req = interfaces;
  int found = ioctl(fd, SIOCGIFCONF, &configuration) == 0 ? 0 : -errno;
  const int count = found < 0 ? 0 : configuration.ifc_len / static_cast<int>(sizeof *interfaces);
  for (int i = 0; i < count && found == 0; i++) found = IsUp(fd, interfaces[i]);
  Close(fd);
  return found;
}

}  // namespace

int HasAddress(Family family) { return family == kIPv6 ? HasIPv6Address() : HasIPv4Address(); }

}  // namespace v6only
