// For bindMatrix: listens on the addon's own sockets and returns who connected, because Node can't adopt a SOCKET.
#include "extras.h"

#include <string.h>
#include <uv.h>

#include "errors_win.h"
#include "protocol_win.h"
#include "socket_address.h"
#include "values.h"

namespace v6only {

namespace {

constexpr int kBacklog = 128;

int PortOf(const SocketAddress& peer) {
  return ntohs(peer.any.sa_family == AF_INET6 ? peer.v6.sin6_port : peer.v4.sin_port);
}

// 0 if nothing is waiting.
int Nothing() {
  const int error = WSAGetLastError();
  return error == WSAEWOULDBLOCK ? 0 : ErrorOf(error);
}

int TakeConnection(SOCKET socket) {
  SocketAddress peer;
  memset(&peer, 0, sizeof peer);
  int length = sizeof peer;
  const SOCKET accepted = accept(socket, &peer.any, &length);
  if (accepted == INVALID_SOCKET) return Nothing();
  closesocket(accepted);
  return PortOf(peer);
}

int TakeDatagram(SOCKET socket) {
  SocketAddress peer;
  memset(&peer, 0, sizeof peer);
  int length = sizeof peer;
  char buffer[64];
  return recvfrom(socket, buffer, sizeof buffer, 0, &peer.any, &length) == SOCKET_ERROR ? Nothing() : PortOf(peer);
}

}  // namespace

napi_value ListenHere(napi_env env, const napi_value* arguments) {
  int fd;
  if (!ReadInt(env, arguments[0], &fd)) return Number(env, UV_EINVAL);
  return Number(env, listen(static_cast<SOCKET>(fd), kBacklog) == 0 ? 0 : LastError());
}

napi_value TakePeer(napi_env env, const napi_value* arguments) {
  int fd;
  if (!ReadInt(env, arguments[0], &fd)) return Number(env, UV_EINVAL);
  const SOCKET socket = static_cast<SOCKET>(fd);
  Protocol protocol;
  const int failed = ReadProtocol(socket, &protocol);
  u_long nonblocking = 1;
  if (failed != 0 || ioctlsocket(socket, FIONBIO, &nonblocking) != 0)
    return Number(env, failed != 0 ? failed : LastError());
  return Number(env, protocol.type == SOCK_STREAM ? TakeConnection(socket) : TakeDatagram(socket));
}

}  // namespace v6only
