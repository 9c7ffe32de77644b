// Parses the kernel's answer to a sock_diag dump (man 7 sock_diag, man 7 netlink): bytes in, rows out. Makes no
// system call and allocates nothing, so that it can be fuzzed (test/fuzz/netlink_fuzzer.cc).
#ifndef V6ONLY_NATIVE_NETLINK_LINUX_H_
#define V6ONLY_NATIVE_NETLINK_LINUX_H_

#include <stddef.h>
#include <stdint.h>

#include "sockets.h"

namespace v6only {

struct NetlinkReader {
  const uint8_t* data;  // one datagram; need not be aligned
  size_t size;
  uint32_t sequence;  // of the request: answers to others are skipped
  size_t offset;
  bool interrupted;  // NLM_F_DUMP_INTR was seen: sockets came or went, so rows may be missing
  int error;         // for NetlinkItem::kFailed, a negative errno
};

enum class NetlinkItem {
  kRow,
  kEmpty,   // no more in this datagram, but the dump goes on
  kDone,    // the dump is complete
  kFailed,  // the kernel refused, or the bytes aren't a valid answer (-EPROTO)
};

// The next row, without its protocol, which only the request knows.
NetlinkItem NextSocket(NetlinkReader* reader, SocketRow* row);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_NETLINK_LINUX_H_
