// The option of sockets in this thread's event loop; IP Helper reports everything else about them.
#include <string.h>

#include "addon_sockets.h"
#include "extras.h"
#include "libuv.h"
#include "rows.h"
#include "sockets.h"
#include "v6only.h"
#include "values.h"

namespace v6only {

namespace {

struct Walk {
  const Libuv& libuv;
  Rows rows;
  int failed;
};

// False for anything that has no address yet or isn't an AF_INET6 socket.
bool Fill(int fd, SocketRow* row) {
  sockaddr_in6 address;
  memset(&address, 0, sizeof address);
  int length = sizeof address;
  const int v6_only = GetV6Only(fd);
  sockaddr* any = reinterpret_cast<sockaddr*>(&address);
  if (v6_only < 0 || getsockname(static_cast<SOCKET>(fd), any, &length) != 0) return false;
  memset(row, 0, sizeof *row);
  memcpy(row->local, &address.sin6_addr, sizeof row->local);
  row->local_port = ntohs(address.sin6_port);
  row->family = 6;
  row->v6_only = static_cast<int8_t>(v6_only);
  return true;
}

void AddOne(uv_handle_t* handle, void* data) {
  Walk* walk = static_cast<Walk*>(data);
  const uv_handle_type type = walk->libuv.type(handle);
  if (walk->failed != 0 || (type != UV_TCP && type != UV_UDP)) return;
  const int fd = DescriptorOf(walk->libuv, handle);
  SocketRow row;
  if (fd < 0 || !Fill(fd, &row)) return;
  row.protocol = type == UV_TCP ? kProtocolTcp : kProtocolUdp;
  walk->failed = Append(&walk->rows, row);
}

}  // namespace

napi_value ListOwnSockets(napi_env env, const napi_value*) {
  Libuv libuv;
  uv_loop_t* loop = nullptr;
  if (!FindLibuv(&libuv) || napi_get_uv_event_loop(env, &loop) != napi_ok) return Number(env, UV_ENOSYS);
  Walk walk = {libuv, Rows(), 0};
  libuv.walk(loop, AddOne, &walk);
  napi_value value = walk.failed == 0 ? Bytes(env, walk.rows) : Number(env, walk.failed);
  Free(&walk.rows);
  return value;
}

}  // namespace v6only
