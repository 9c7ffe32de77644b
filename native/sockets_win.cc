// IP Helper, the source of `netstat -ano`, whose output is in the machine's language. It reports the process of each
// socket, but not IPV6_V6ONLY or the peer of a connected UDP socket.
#include "sockets.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <iphlpapi.h>

#include "errors_win.h"
#include "rows.h"

namespace v6only {

namespace {

constexpr int kMostTries = 8;
constexpr uint8_t kClosed = 7;

// MIB_TCP_STATE, which starts with 1 for closed, mapped to the numbers in Linux's include/net/tcp_states.h.
constexpr uint8_t kStates[] = {0, kClosed, 10, 2, 3, 1, 4, 5, 8, 11, 9, 6, kClosed};

struct Table {
  uint8_t protocol;
  uint8_t family;
  uint16_t row_size;
};

constexpr Table kTables[] = {
    {kProtocolTcp, 6, sizeof(MIB_TCP6ROW_OWNER_PID)},
    {kProtocolTcp, 4, sizeof(MIB_TCPROW_OWNER_PID)},
    {kProtocolUdp, 6, sizeof(MIB_UDP6ROW_OWNER_PID)},
    {kProtocolUdp, 4, sizeof(MIB_UDPROW_OWNER_PID)},
};

DWORD Ask(const Table& table, void* data, DWORD* size) {
  const ULONG family = table.family == 6 ? AF_INET6 : AF_INET;
  if (table.protocol == kProtocolUdp) return GetExtendedUdpTable(data, size, FALSE, family, UDP_TABLE_OWNER_PID, 0);
  return GetExtendedTcpTable(data, size, FALSE, family, TCP_TABLE_OWNER_PID_ALL, 0);
}

// Ports are in network order, in the lower half of a word.
uint16_t PortOf(DWORD port) { return ntohs(static_cast<uint16_t>(port)); }

void Fill(const MIB_TCP6ROW_OWNER_PID& from, SocketRow* row) {
  memcpy(row->local, from.ucLocalAddr, sizeof row->local);
  memcpy(row->peer, from.ucRemoteAddr, sizeof row->peer);
  row->scope = from.dwLocalScopeId;
  row->inode = from.dwOwningPid;
  row->local_port = PortOf(from.dwLocalPort);
  row->peer_port = PortOf(from.dwRemotePort);
  row->state = kStates[from.dwState < sizeof kStates ? from.dwState : 0];
}

void Fill(const MIB_TCPROW_OWNER_PID& from, SocketRow* row) {
  memcpy(row->local, &from.dwLocalAddr, sizeof from.dwLocalAddr);
  memcpy(row->peer, &from.dwRemoteAddr, sizeof from.dwRemoteAddr);
  row->inode = from.dwOwningPid;
  row->local_port = PortOf(from.dwLocalPort);
  row->peer_port = PortOf(from.dwRemotePort);
  row->state = kStates[from.dwState < sizeof kStates ? from.dwState : 0];
}

void Fill(const MIB_UDP6ROW_OWNER_PID& from, SocketRow* row) {
  memcpy(row->local, from.ucLocalAddr, sizeof row->local);
  row->scope = from.dwLocalScopeId;
  row->inode = from.dwOwningPid;
  row->local_port = PortOf(from.dwLocalPort);
}

void Fill(const MIB_UDPROW_OWNER_PID& from, SocketRow* row) {
  memcpy(row->local, &from.dwLocalAddr, sizeof from.dwLocalAddr);
  row->inode = from.dwOwningPid;
  row->local_port = PortOf(from.dwLocalPort);
}

template <typename From>
void Read(const uint8_t* at, SocketRow* row) {
  From from;
  memcpy(&from, at, sizeof from);
  Fill(from, row);
}

void ReadRow(const Table& table, const uint8_t* at, SocketRow* row) {
  memset(row, 0, sizeof *row);
  row->protocol = table.protocol;
  row->family = table.family;
  row->uid = kUnknownUid;
  row->state = kClosed;
  row->v6_only = -1;
  if (table.protocol == kProtocolTcp) {
    table.family == 6 ? Read<MIB_TCP6ROW_OWNER_PID>(at, row) : Read<MIB_TCPROW_OWNER_PID>(at, row);
  } else {
    table.family == 6 ? Read<MIB_UDP6ROW_OWNER_PID>(at, row) : Read<MIB_UDPROW_OWNER_PID>(at, row);
  }
}

bool IsWanted(const SocketQuery& query, const SocketRow& row) {
  return (query.states >> row.state & 1) != 0 && (query.port == 0 || query.port == row.local_port);
}

// Each table starts with its number of rows. `size` is what was allocated, whatever the system returns.
int AddRows(const Table& table, const uint8_t* data, DWORD size, const SocketQuery& query, Rows* rows) {
  DWORD count;
  if (size < sizeof count) return UV_EPROTO;
  memcpy(&count, data, sizeof count);
  if (count > (size - sizeof count) / table.row_size) return UV_EPROTO;
  const uint8_t* at = data + sizeof count;
  for (; count > 0; count--, at += table.row_size) {
    SocketRow row;
    ReadRow(table, at, &row);
    const int failed = IsWanted(query, row) ? Append(rows, row) : 0;
    if (failed != 0) return failed;
  }
  return 0;
}

int AddTable(const Table& table, const SocketQuery& query, Rows* rows) {
  DWORD size = 0;
  DWORD error = Ask(table, nullptr, &size);
  // The table may grow between calls.
  for (int i = 0; i < kMostTries && error == ERROR_INSUFFICIENT_BUFFER; i++) {
    const DWORD allocated = size;
    uint8_t* data = static_cast<uint8_t*>(malloc(allocated));
    if (data == nullptr) return UV_ENOMEM;
    error = Ask(table, data, &size);
    const int failed = error == NO_ERROR ? AddRows(table, data, allocated, query, rows) : 0;
    free(data);
    if (failed != 0) return failed;
  }
  if (error == ERROR_INSUFFICIENT_BUFFER) return UV_EAGAIN;
  return error == NO_ERROR || error == ERROR_NOT_SUPPORTED ? 0 : ErrorOf(static_cast<int>(error));
}

}  // namespace

int ListSockets(SocketQuery query, Rows* rows) {
  for (const Table& table : kTables) {
    if (query.protocol != 0 && query.protocol != table.protocol) continue;
    if (query.family != 0 && query.family != table.family) continue;
    const int failed = AddTable(table, query, rows);
    if (failed == 0) continue;
    Free(rows);
    return failed;
  }
  return 0;
}

}  // namespace v6only
