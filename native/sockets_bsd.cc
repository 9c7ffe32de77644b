// FreeBSD and macOS: src/machine/netstat.ts reads the output of the base system's programs. The kernels' lists (sysctl
// net.inet.tcp.pcblist) are structures that change between releases.
#include "sockets.h"

#include <errno.h>

namespace v6only {

int ListSockets(SocketQuery, Rows*) { return -ENOTSUP; }

int ListProcesses(uint32_t, Rows*) { return -ENOTSUP; }

}  // namespace v6only
