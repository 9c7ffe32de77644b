#include "protocol_win.h"

#include "errors_win.h"

namespace v6only {

namespace {

// WSAENOTSOCK is also returned for a pipe, and for a closed handle.
int NoSocket(SOCKET socket, Protocol* protocol) {
  DWORD flags;
  const HANDLE handle = reinterpret_cast<HANDLE>(socket);
  if (!GetHandleInformation(handle, &flags)) return UV_EBADF;
  if (GetFileType(handle) != FILE_TYPE_PIPE) return UV_ENOTSOCK;
  *protocol = {AF_UNSPEC, SOCK_STREAM};
  return 0;
}

}  // namespace

int ReadProtocol(SOCKET socket, Protocol* protocol) {
  WSAPROTOCOL_INFOW info;
  int length = sizeof info;
  if (getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &length) != 0) {
    const int error = WSAGetLastError();
    return error == WSAENOTSOCK ? NoSocket(socket, protocol) : ErrorOf(error);
  }
  *protocol = {info.iAddressFamily, info.iSocketType};
  return 0;
}

}  // namespace v6only
