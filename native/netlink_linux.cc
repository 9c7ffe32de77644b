#include "netlink_linux.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

namespace v6only {

namespace {

// Linux 3.5 and later have it; the compiler's headers may be older (include/uapi/linux/netlink.h).
constexpr uint16_t kDumpInterrupted = 0x10;
// The largest errno (MAX_ERRNO in include/linux/err.h).
constexpr int kLargestErrno = 4095;

// Messages and attributes start at multiples of four, but the last one may be unpadded.
size_t Advance(size_t length, size_t left) {
  const size_t padded = (length + 3) & ~static_cast<size_t>(3);
  return padded < left ? padded : left;
}

NetlinkItem Fail(NetlinkReader* reader, int error) {
  reader->error = error;
  return NetlinkItem::kFailed;
}

// The errno in NLMSG_ERROR, and in NLMSG_DONE if a dump ended early (net/netlink/af_netlink.c, netlink_dump).
int ReadError(const uint8_t* payload, size_t size) {
  int32_t error;
  if (size < sizeof error) return -EPROTO;
  memcpy(&error, payload, sizeof error);
  return error > 0 || error < -kLargestErrno ? -EPROTO : error;
}

// False if the attributes don't fit into the message.
bool ReadV6Only(const uint8_t* attributes, size_t size, int8_t* v6_only) {
  while (size >= sizeof(nlattr)) {
    nlattr attribute;
    memcpy(&attribute, attributes, sizeof attribute);
    if (attribute.nla_len < sizeof attribute || attribute.nla_len > size) return false;
    const bool known = (attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_SKV6ONLY;
    if (known && attribute.nla_len > sizeof attribute) {
      *v6_only = attributes[sizeof attribute] != 0 ? 1 : 0;
    }
    const size_t step = Advance(attribute.nla_len, size);
    attributes += step;
    size -= step;
  }
  return true;
}

uint16_t Port(uint16_t network_order) {
  uint8_t bytes[2];
  memcpy(bytes, &network_order, sizeof bytes);
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

void Convert(const inet_diag_msg& message, SocketRow* row) {
  const bool v6 = message.idiag_family == AF_INET6;
  memset(row, 0, sizeof *row);
  memcpy(row->local, message.id.idiag_src, v6 ? 16 : 4);
  memcpy(row->peer, message.id.idiag_dst, v6 ? 16 : 4);
  row->scope = message.id.idiag_if;
  row->uid = message.idiag_uid;
  row->inode = message.idiag_inode;
  row->local_port = Port(message.id.idiag_sport);
  row->peer_port = Port(message.id.idiag_dport);
  row->family = v6 ? 6 : 4;
  row->state = message.idiag_state;
  row->v6_only = -1;
}

// kEmpty: no socket of ours.
NetlinkItem ReadSocket(NetlinkReader* reader, const uint8_t* payload, size_t size, SocketRow* row) {
  inet_diag_msg message;
  if (size < sizeof message) return Fail(reader, -EPROTO);
  memcpy(&message, payload, sizeof message);
  if (message.idiag_family != AF_INET && message.idiag_family != AF_INET6) return NetlinkItem::kEmpty;
  Convert(message, row);
  int8_t v6_only = -1;
  if (!ReadV6Only(payload + sizeof message, size - sizeof message, &v6_only)) return Fail(reader, -EPROTO);
  if (row->family == 6) row->v6_only = v6_only;
  return NetlinkItem::kRow;
}

// kEmpty: a message of no interest.
NetlinkItem ReadMessage(NetlinkReader* reader, const nlmsghdr& header, const uint8_t* payload, SocketRow* row) {
  const size_t size = header.nlmsg_len - sizeof header;
  if (header.nlmsg_seq != reader->sequence) return NetlinkItem::kEmpty;
  if (header.nlmsg_flags & kDumpInterrupted) reader->interrupted = true;
  if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY) return ReadSocket(reader, payload, size, row);
  if (header.nlmsg_type == NLMSG_OVERRUN) return Fail(reader, -ENOBUFS);
  if (header.nlmsg_type == NLMSG_ERROR) {
    const int error = ReadError(payload, size);
    // 0 acknowledges the request.
    return error == 0 ? NetlinkItem::kEmpty : Fail(reader, error);
  }
  if (header.nlmsg_type != NLMSG_DONE) return NetlinkItem::kEmpty;
  const int error = size > 0 ? ReadError(payload, size) : 0;
  return error == 0 ? NetlinkItem::kDone : Fail(reader, error);
}

}  // namespace

NetlinkItem NextSocket(NetlinkReader* reader, SocketRow* row) {
  while (reader->offset < reader->size) {
    const uint8_t* start = reader->data + reader->offset;
    const size_t left = reader->size - reader->offset;
    nlmsghdr header;
    if (left < sizeof header) return Fail(reader, -EPROTO);
    memcpy(&header, start, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > left) return Fail(reader, -EPROTO);
    reader->offset += Advance(header.nlmsg_len, left);
    const NetlinkItem item = ReadMessage(reader, header, start + sizeof header, row);
    if (item != NetlinkItem::kEmpty) return item;
  }
  return NetlinkItem::kEmpty;
}

}  // namespace v6only
