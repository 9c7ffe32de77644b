#include "socket_address.h"

#include <string.h>

namespace v6only {

namespace {

// Only link-local addresses have a zone, as part of the address (RFC 4007, section 11).
void AppendZone(const sockaddr_in6& address, char* text) {
  if (!IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr) || address.sin6_scope_id == 0) return;
  char* end = text + strlen(text);
  *end = '%';
  WriteZone(address.sin6_scope_id, end + 1);
}

// "address" or "address%zone" into a sockaddr.
int ParseIPv6(const char* text, int port, sockaddr_in6* address) {
  char buffer[kAddressLength];
  const char* zone = strchr(text, '%');
  const size_t length = zone != nullptr ? static_cast<size_t>(zone - text) : strlen(text);
  if (length >= sizeof buffer) return UV_EINVAL;
  memcpy(buffer, text, length);
  buffer[length] = '\0';
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(static_cast<uint16_t>(port));
  if (zone != nullptr) address->sin6_scope_id = ReadZone(zone + 1);
  if (zone != nullptr && address->sin6_scope_id == 0) return UV_ENXIO;
  return inet_pton(AF_INET6, buffer, &address->sin6_addr) == 1 ? static_cast<int>(sizeof *address) : UV_EINVAL;
}

int ParseIPv4(const char* text, int port, sockaddr_in* address) {
  address->sin_family = AF_INET;
  address->sin_port = htons(static_cast<uint16_t>(port));
  return inet_pton(AF_INET, text, &address->sin_addr) == 1 ? static_cast<int>(sizeof *address) : UV_EINVAL;
}

}  // namespace

Family FamilyOf(int family) {
  if (family == AF_INET6) return kIPv6;
  return family == AF_INET ? kIPv4 : kOtherFamily;
}

void Convert(const SocketAddress& from, Address* to) {
  to->port = -1;
  to->text[0] = '\0';
  const Family family = FamilyOf(from.any.sa_family);
  if (family == kIPv4) {
    to->port = ntohs(from.v4.sin_port);
    inet_ntop(AF_INET, &from.v4.sin_addr, to->text, sizeof to->text);
  } else if (family == kIPv6) {
    to->port = ntohs(from.v6.sin6_port);
    inet_ntop(AF_INET6, &from.v6.sin6_addr, to->text, kAddressLength);
    AppendZone(from.v6, to->text);
  }
}

int Parse(const char* text, int port, SocketAddress* address) {
  memset(address, 0, sizeof *address);
  const bool v6 = strchr(text, ':') != nullptr;
  return v6 ? ParseIPv6(text, port, &address->v6) : ParseIPv4(text, port, &address->v4);
}

}  // namespace v6only
