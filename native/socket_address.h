// Addresses in the system's form and as text. <uv.h> includes the socket headers, whatever their names.
#ifndef V6ONLY_NATIVE_SOCKET_ADDRESS_H_
#define V6ONLY_NATIVE_SOCKET_ADDRESS_H_

#include <uv.h>

#include "socket.h"

namespace v6only {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_storage storage;
};

Family FamilyOf(int family);

void Convert(const SocketAddress& from, Address* to);

// The length of the address in `address`, which is zeroed first; or a negative errno.
int Parse(const char* text, int port, SocketAddress* address);

// One per system: the zone with this index as Node writes it there, and back (RFC 4007, section 11.2). 0: no such zone.
void WriteZone(uint32_t index, char* to);
uint32_t ReadZone(const char* zone);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_SOCKET_ADDRESS_H_
