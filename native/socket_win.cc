#include "socket.h"

#include <string.h>

#include "decimal.h"
#include "errors_win.h"
#include "protocol_win.h"
#include "socket_address.h"

namespace v6only {

namespace {

SocketType TypeOf(int type) {
  if (type == SOCK_STREAM) return kStream;
  if (type == SOCK_DGRAM) return kDatagram;
  return type == SOCK_RAW ? kRaw : kOtherType;
}

// For a socket without an address getsockname fails; report the wildcard and port 0, as on other systems.
int DescribeLocal(SOCKET socket, int family, Address* local) {
  SocketAddress address;
  memset(&address, 0, sizeof address);
  int length = sizeof address;
  if (getsockname(socket, &address.any, &length) != 0) {
    const int error = WSAGetLastError();
    if (error != WSAEINVAL) return ErrorOf(error);
    memset(&address, 0, sizeof address);
    address.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  }
  Convert(address, local);
  return 0;
}

int DescribePeer(SOCKET socket, Address* peer) {
  SocketAddress address;
  memset(&address, 0, sizeof address);
  int length = sizeof address;
  if (getpeername(socket, &address.any, &length) != 0) {
    const int error = WSAGetLastError();
    if (error == WSAENOTSOCK || error == WSAENOBUFS) return ErrorOf(error);
    memset(&address, 0, sizeof address);
  }
  Convert(address, peer);
  return 0;
}

// getsockopt fails if this kind of socket can't listen.
bool IsListening(SOCKET socket) {
  DWORD value = 0;
  int length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, reinterpret_cast<char*>(&value), &length) == 0 && value != 0;
}

}  // namespace

void WriteZone(uint32_t index, char* to) { *WriteDecimal(index, to) = '\0'; }

uint32_t ReadZone(const char* zone) {
  uint64_t index = 0;
  for (; *zone >= '0' && *zone <= '9' && index <= UINT32_MAX; zone++)
    index = index * 10 + static_cast<uint64_t>(*zone - '0');
  return *zone == '\0' && index <= UINT32_MAX ? static_cast<uint32_t>(index) : 0;
}

int Describe(int fd, Description* description) {
  const SOCKET socket = static_cast<SOCKET>(fd);
  Protocol protocol;
  int failed = ReadProtocol(socket, &protocol);
  if (failed == 0) failed = DescribeLocal(socket, protocol.family, &description->local);
  if (failed == 0) failed = DescribePeer(socket, &description->peer);
  if (failed != 0) return failed;
  description->family = FamilyOf(protocol.family);
  description->type = TypeOf(protocol.type);
  description->listening = IsListening(socket);
  return 0;
}

int Open(Family family, SocketType type) {
  const DWORD flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
  const SOCKET socket = WSASocketW(family == kIPv6 ? AF_INET6 : AF_INET, type == kStream ? SOCK_STREAM : SOCK_DGRAM, 0,
                                   nullptr, 0, flags);
  return socket == INVALID_SOCKET ? LastError() : static_cast<int>(socket);
}

int Bind(int fd, const char* text, int port) {
  SocketAddress address;
  const int length = Parse(text, port, &address);
  if (length < 0) return length;
  return bind(static_cast<SOCKET>(fd), &address.any, length) == 0 ? 0 : LastError();
}

// On Windows SO_REUSEADDR takes the port away from other sockets; there is no SO_REUSEPORT.
int SetReuse(int fd, Reuse reuse) {
  if (reuse == kReusePort) return UV_ENOTSUP;
  const BOOL on = reuse == kReuseAddress;
  const char* option = reinterpret_cast<const char*>(&on);
  return setsockopt(static_cast<SOCKET>(fd), SOL_SOCKET, SO_REUSEADDR, option, sizeof on) == 0 ? 0 : LastError();
}

int Close(int fd) { return closesocket(static_cast<SOCKET>(fd)) == 0 ? 0 : LastError(); }

}  // namespace v6only
