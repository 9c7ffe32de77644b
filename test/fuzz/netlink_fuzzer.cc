// What the kernel's answers may be mangled into: reads past the end, endless loops and undefined behaviour of
// native/netlink_linux.cc. `npm run fuzz:native` builds and runs it.
//
// The first byte of an input chooses what is done with the rest; the rest is the datagram.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "input.h"
#include "netlink_linux.h"

namespace {

constexpr uint32_t kSequence = 1;
constexpr size_t kSmallestMessage = sizeof(nlmsghdr) + sizeof(inet_diag_msg);

void CheckRow(const v6only::SocketRow& row) {
  Require(row.family == 4 || row.family == 6);
  Require(row.v6_only >= -1 && row.v6_only <= 1);
  Require(row.family == 6 || row.v6_only == -1);
  for (int i = 4; row.family == 4 && i < 16; i++) Require(row.local[i] == 0 && row.peer[i] == 0);
}

// Sequence numbers and the lengths that must agree are set right, so that inputs get past the first checks.
void Mend(uint8_t* data, size_t size) {
  size_t offset = 0;
  while (size - offset >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    memcpy(&header, data + offset, sizeof header);
    header.nlmsg_seq = kSequence;
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - offset) {
      header.nlmsg_len = static_cast<uint32_t>(size - offset);
    }
    if (header.nlmsg_type > 32) header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    memcpy(data + offset, &header, sizeof header);
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY && header.nlmsg_len >= kSmallestMessage) {
      data[offset + sizeof header] = (data[offset + sizeof header] & 1) != 0 ? AF_INET : AF_INET6;
    }
    const size_t step = (header.nlmsg_len + 3) & ~static_cast<size_t>(3);
    if (step >= size - offset) return;
    offset += step;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t input_size) {
  if (input_size == 0) return 0;
  const size_t size = input_size - 1;
  // Of exactly this size, so that one byte too far is seen; odd inputs also lie at an odd address.
  const size_t shift = (input[0] >> 1) & 3;
  uint8_t* memory = static_cast<uint8_t*>(malloc(size + shift + 1));
  if (memory == nullptr) return 0;
  uint8_t* data = memory + shift + 1;
  memcpy(data, input + 1, size);
  if ((input[0] & 1) != 0) Mend(data, size);
  v6only::NetlinkReader reader = {data, size, kSequence, 0, false, 0};
  v6only::SocketRow row;
  v6only::NetlinkItem item;
  size_t rows = 0;
  while ((item = v6only::NextSocket(&reader, &row)) == v6only::NetlinkItem::kRow) {
    CheckRow(row);
    Require(++rows <= size / kSmallestMessage);
    Require(reader.offset <= size);
  }
  Require(reader.offset <= size);
  if (item == v6only::NetlinkItem::kFailed) Require(reader.error < 0 && reader.error >= -4095);
  if (item == v6only::NetlinkItem::kEmpty) Require(reader.offset == size);
  free(memory);
  return 0;
}
