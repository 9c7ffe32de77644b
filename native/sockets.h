// The TCP and UDP sockets of this network namespace, and the processes that hold them. Every function returns 0 or
// a negative errno; on error, what it allocated is freed.
#ifndef V6ONLY_NATIVE_SOCKETS_H_
#define V6ONLY_NATIVE_SOCKETS_H_

#include <stddef.h>
#include <stdint.h>

namespace v6only {

constexpr uint8_t kProtocolTcp = 6;
constexpr uint8_t kProtocolUdp = 17;
constexpr uint32_t kUnknownUid = UINT32_MAX;

// Crosses into JavaScript as bytes: src/machine/socket-rows.ts knows this layout.
struct SocketRow {
  uint8_t local[16];  // in network order; an IPv4 address uses the first four
  uint8_t peer[16];
  uint32_t scope;  // the interface it is bound to, or the zone of its addresses; 0: none
  uint32_t uid;    // kUnknownUid if the system doesn't say
  uint32_t inode;  // 0: no process holds it (TIME_WAIT, orphans); on Windows the process
  uint16_t local_port;
  uint16_t peer_port;
  uint8_t protocol;  // kProtocolTcp, kProtocolUdp
  uint8_t family;    // 4 or 6, as Family in socket.h
  uint8_t state;     // as the kernel numbers them (include/net/tcp_states.h)
  int8_t v6_only;    // -1: the kernel doesn't say
};
static_assert(sizeof(SocketRow) == 52, "src/machine/socket-rows.ts has this length");

// A socket of a process. Crosses as bytes too: src/machine/processes.ts.
struct ProcessRow {
  uint32_t inode;
  uint32_t pid;
  char name[16];  // /proc/PID/comm, at most 15 characters (TASK_COMM_LEN) and a terminating 0
};
static_assert(sizeof(ProcessRow) == 24, "src/machine/processes.ts has this length");

// Rows of one of these types, packed. Grows by doubling, starting above one row; the owner calls Free (rows.h).
struct Rows {
  uint8_t* data = nullptr;
  size_t size = 0;  // in bytes, as is the capacity
  size_t capacity = 0;
};

struct SocketQuery {
  uint32_t states;   // 1 << state
  uint16_t port;     // the socket's local port; 0 for all of them
  uint8_t family;    // 4 or 6; 0 for both
  uint8_t protocol;  // kProtocolTcp, kProtocolUdp; 0 for both
};

int ListSockets(SocketQuery query, Rows* rows);

// For all readable processes (pid 0), or for one: -EACCES if it isn't readable, -ENOENT if it isn't visible.
int ListProcesses(uint32_t pid, Rows* rows);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_SOCKETS_H_
