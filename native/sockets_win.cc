#include "sockets.h"

#include <uv.h>

namespace v6only {

int ListSockets(SocketQuery, Rows*) { return UV_ENOTSUP; }

int ListProcesses(uint32_t, Rows*) { return UV_ENOTSUP; }

}  // namespace v6only
