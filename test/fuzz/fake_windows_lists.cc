// The lists of that Windows: sockets, addresses, processes.
#define V6ONLY_FUZZER
#include "fake_windows.h"

#include <iphlpapi.h>
#include <tlhelp32.h>

namespace {

uint32_t processes_left = 0;

// One at the end of the input, so that there is something to read.
uint32_t Few() { return (input().Byte() + 1) % 4; }

// A table that grows and shrinks from one call to the next, whose sizes and number of rows may be anything.
DWORD WriteTable(void* table, DWORD* size, size_t row_size) {
  if (Fails()) {
    if (input().Rarely()) *size = input().Take<DWORD>();
    return static_cast<DWORD>(last_error);
  }
  DWORD count = Few();
  const DWORD needed = static_cast<DWORD>(sizeof count + count * row_size);
  const bool truncated = table != nullptr && input().Rarely();
  if (!truncated && (table == nullptr || *size < needed)) {
    *size = input().Rarely() ? input().Take<DWORD>() : needed;
    return ERROR_INSUFFICIENT_BUFFER;
  }
  if (truncated) count = input().Take<DWORD>();
  memset(table, 0, *size);
  input().Take(table, *size);
  memcpy(table, &count, *size < sizeof count ? *size : sizeof count);
  if (input().Rarely()) *size = input().Take<DWORD>();
  return NO_ERROR;
}

}  // namespace

DWORD GetExtendedTcpTable(void* table, DWORD* size, BOOL, ULONG family, int what, ULONG) {
  Require(what == TCP_TABLE_OWNER_PID_ALL && (family == AF_INET || family == AF_INET6));
  return WriteTable(table, size, family == AF_INET6 ? sizeof(MIB_TCP6ROW_OWNER_PID) : sizeof(MIB_TCPROW_OWNER_PID));
}

DWORD GetExtendedUdpTable(void* table, DWORD* size, BOOL, ULONG family, int what, ULONG) {
  Require(what == UDP_TABLE_OWNER_PID && (family == AF_INET || family == AF_INET6));
  return WriteTable(table, size, family == AF_INET6 ? sizeof(MIB_UDP6ROW_OWNER_PID) : sizeof(MIB_UDPROW_OWNER_PID));
}

ULONG GetAdaptersAddresses(ULONG family, ULONG, void* reserved, IP_ADAPTER_ADDRESSES* adapters, ULONG* size) {
  Require((family == AF_INET || family == AF_INET6) && reserved == nullptr && adapters != nullptr);
  if (Fails()) {
    if (input().Rarely()) *size = input().Take<ULONG>();
    return static_cast<ULONG>(last_error);
  }
  const uint32_t count = Few();
  if (count == 0) return ERROR_NO_DATA;
  const ULONG needed = static_cast<ULONG>(count * sizeof *adapters);
  if (*size < needed || input().Rarely()) {
    *size = input().Rarely() ? input().Take<ULONG>() : needed;
    return ERROR_BUFFER_OVERFLOW;
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t choice = input().Byte();
    IP_ADAPTER_ADDRESSES* const next = i + 1 < count ? adapters + i + 1 : nullptr;
    adapters[i] = {next, (choice & 1) != 0 ? nullptr : adapters, (choice & 2) != 0 ? IfOperStatusDown : IfOperStatusUp};
  }
  return NO_ERROR;
}

HANDLE CreateToolhelp32Snapshot(DWORD flags, DWORD) {
  Require(flags == TH32CS_SNAPPROCESS);
  processes_left = Few();
  return Fails() ? INVALID_HANDLE_VALUE : reinterpret_cast<HANDLE>(static_cast<intptr_t>(fake_system.Opened()));
}

BOOL Process32NextW(HANDLE snapshot, PROCESSENTRY32W* process) {
  fake_system.UseOwn(Number(snapshot));
  Require(process->dwSize == sizeof *process);
  if (Fails()) return FALSE;
  last_error = ERROR_NO_MORE_FILES;
  if (processes_left == 0) return FALSE;
  processes_left--;
  process->th32ProcessID = (input().Byte() + 3u) % 6;
  const size_t length = input().Take<uint16_t>() % MAX_PATH;
  for (size_t i = 0; i < length; i++) process->szExeFile[i] = 1 + input().Byte();
  process->szExeFile[length] = 0;
  return TRUE;
}

BOOL Process32FirstW(HANDLE snapshot, PROCESSENTRY32W* process) { return Process32NextW(snapshot, process); }
