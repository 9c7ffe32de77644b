#include "v6only.h"

#include <uv.h>

#include "errors_win.h"
#include "protocol_win.h"

namespace v6only {

// For an AF_INET socket getsockopt returns 1 and no error, so the family is checked first.
int GetV6Only(int fd) {
  const SOCKET socket = static_cast<SOCKET>(fd);
  Protocol protocol;
  const int failed = ReadProtocol(socket, &protocol);
  if (failed != 0) return failed;
  if (protocol.family != AF_INET6) return UV_ENOPROTOOPT;
  DWORD value = 0;
  int length = sizeof value;
  const int result = getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, reinterpret_cast<char*>(&value), &length);
  return result == 0 ? value != 0 : LastError();
}

int SetV6Only(int fd, bool value) {
  const SOCKET socket = static_cast<SOCKET>(fd);
  Protocol protocol;
  const int failed = ReadProtocol(socket, &protocol);
  if (failed != 0) return failed;
  if (protocol.family != AF_INET6) return UV_ENOPROTOOPT;
  const DWORD option = value ? 1 : 0;
  const char* data = reinterpret_cast<const char*>(&option);
  return setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, data, sizeof option) == 0 ? 0 : LastError();
}

}  // namespace v6only
