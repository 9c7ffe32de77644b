// The errors that calls in these files return, translated as in libuv (src/win/error.c).
#include "errors_win.h"

#include <stdint.h>
#include <uv.h>

namespace v6only {

namespace {

struct Translation {
  int16_t from;
  int16_t to;
};

constexpr Translation kTranslations[] = {
    {WSAEACCES, UV_EACCES},
    {WSAEADDRINUSE, UV_EADDRINUSE},
    {WSAEADDRNOTAVAIL, UV_EADDRNOTAVAIL},
    {WSAEAFNOSUPPORT, UV_EAFNOSUPPORT},
    {WSAECONNRESET, UV_ECONNRESET},
    {WSAEFAULT, UV_EFAULT},
    {WSAEINVAL, UV_EINVAL},
    {WSAEMFILE, UV_EMFILE},
    {WSAENETDOWN, UV_ENETDOWN},
    {WSAENOBUFS, UV_ENOBUFS},
    {WSAENOPROTOOPT, UV_ENOPROTOOPT},
    {WSAENOTCONN, UV_ENOTCONN},
    {WSAENOTSOCK, UV_ENOTSOCK},
    {WSAEOPNOTSUPP, UV_ENOTSUP},
    {WSAEPROTONOSUPPORT, UV_EPROTONOSUPPORT},
    {ERROR_ACCESS_DENIED, UV_EPERM},
    {ERROR_INVALID_HANDLE, UV_EBADF},
    {ERROR_NOT_ENOUGH_MEMORY, UV_ENOMEM},
    {ERROR_NOT_SUPPORTED, UV_ENOTSUP},
};

}  // namespace

int ErrorOf(int error) {
  for (const Translation& translation : kTranslations) {
    if (translation.from == error) return translation.to;
  }
  return UV_UNKNOWN;
}

int LastError() { return ErrorOf(WSAGetLastError()); }

}  // namespace v6only
