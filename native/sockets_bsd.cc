// FreeBSD and macOS: src/machine/netstat.ts reads what the base system's own programs print. The kernels' lists (sysctl
// net.inet.tcp.pcblist) are structures that change from one release to the next.
#include "sockets.h"

#include <errno.h>

namespace v6only {

int ListSockets(SocketQuery, Rows*) { return -ENOTSUP; }

int ListProcesses(uint32_t, Rows*) { return -ENOTSUP; }

}  // namespace v6only
