// What native/ uses of Microsoft's iphlpapi.h.
#ifndef V6ONLY_TEST_FUZZ_WINDOWS_IPHLPAPI_H_
#define V6ONLY_TEST_FUZZ_WINDOWS_IPHLPAPI_H_

#include "windows.h"

enum : ULONG {
  GAA_FLAG_SKIP_ANYCAST = 0x2,
  GAA_FLAG_SKIP_MULTICAST = 0x4,
  GAA_FLAG_SKIP_DNS_SERVER = 0x8,
  GAA_FLAG_SKIP_FRIENDLY_NAME = 0x20,
};
enum { UDP_TABLE_OWNER_PID = 1, TCP_TABLE_OWNER_PID_ALL = 5 };
enum { IfOperStatusUp = 1, IfOperStatusDown = 2 };

struct MIB_TCP6ROW_OWNER_PID {
  UCHAR ucLocalAddr[16];
  DWORD dwLocalScopeId;
  DWORD dwLocalPort;
  UCHAR ucRemoteAddr[16];
  DWORD dwRemoteScopeId;
  DWORD dwRemotePort;
  DWORD dwState;
  DWORD dwOwningPid;
};

struct MIB_TCPROW_OWNER_PID {
  DWORD dwState;
  DWORD dwLocalAddr;
  DWORD dwLocalPort;
  DWORD dwRemoteAddr;
  DWORD dwRemotePort;
  DWORD dwOwningPid;
};

struct MIB_UDP6ROW_OWNER_PID {
  UCHAR ucLocalAddr[16];
  DWORD dwLocalScopeId;
  DWORD dwLocalPort;
  DWORD dwOwningPid;
};

struct MIB_UDPROW_OWNER_PID {
  DWORD dwLocalAddr;
  DWORD dwLocalPort;
  DWORD dwOwningPid;
};

struct IP_ADAPTER_ADDRESSES {
  IP_ADAPTER_ADDRESSES* Next;
  void* FirstUnicastAddress;
  int OperStatus;
};

DWORD GetExtendedTcpTable(void* table, DWORD* size, BOOL sorted, ULONG family, int what, ULONG reserved);
DWORD GetExtendedUdpTable(void* table, DWORD* size, BOOL sorted, ULONG family, int what, ULONG reserved);
ULONG GetAdaptersAddresses(ULONG family, ULONG flags, void* reserved, IP_ADAPTER_ADDRESSES* adapters, ULONG* size);

#endif  // V6ONLY_TEST_FUZZ_WINDOWS_IPHLPAPI_H_
