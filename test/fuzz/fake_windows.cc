// A Windows that answers what the input says. No handle of this process is ever touched.
#define V6ONLY_FUZZER
#include "fake_windows.h"

#include <uv.h>

extern "C" BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void* reserved);

namespace {

constexpr int kErrors[] = {
    WSAENOTSOCK,         WSAEINVAL,       WSAEWOULDBLOCK,          WSAENOBUFS,
    WSANOTINITIALISED,   WSAEACCES,       ERROR_ACCESS_DENIED,     ERROR_NOT_SUPPORTED,
    ERROR_NO_MORE_FILES, ERROR_NO_DATA,   ERROR_NOT_ENOUGH_MEMORY, ERROR_INSUFFICIENT_BUFFER,
    WSAECONNRESET,       WSAEAFNOSUPPORT, ERROR_BUFFER_OVERFLOW,   ERROR_INVALID_PARAMETER,
};

constexpr size_t kLargestAllocation = 1 << 24;

}  // namespace

int last_error = 0;

bool Fails() { return fake_system.Fails(kErrors, &last_error); }

const size_t kSystemErrors = sizeof kErrors / sizeof *kErrors;
const std::vector<const char*> kExtraNames = {"listOwnSockets", "listenHere", "takePeer"};

bool Attach() { return DllMain(nullptr, DLL_PROCESS_ATTACH, nullptr); }

DWORD GetLastError() { return static_cast<DWORD>(last_error); }

int WSAGetLastError() { return last_error; }

void* FakeMalloc(size_t size) { return size > kLargestAllocation || Fails() ? nullptr : malloc(size); }

// There is a libnode.dll or not.
HMODULE GetModuleHandleW(const wchar_t* name) {
  static int module;
  return name != nullptr && Fails() ? nullptr : &module;
}

FARPROC GetProcAddress(HMODULE, const char* name) {
  static int function;
  if (Fails()) return nullptr;
  const std::pair<const char*, void*> known[] = {
      {"uv_walk", reinterpret_cast<void*>(uv_walk)},
      {"uv_handle_get_type", reinterpret_cast<void*>(uv_handle_get_type)},
      {"uv_has_ref", reinterpret_cast<void*>(uv_has_ref)},
      {"uv_ref", reinterpret_cast<void*>(uv_ref)},
      {"uv_unref", reinterpret_cast<void*>(uv_unref)},
      {"uv_fileno", reinterpret_cast<void*>(uv_fileno)},
  };
  for (const auto& [known_name, address] : known) {
    if (strcmp(known_name, name) == 0) return address;
  }
  // Node-API's are called as this system's linker has found them.
  Require(strncmp(name, "napi_", 5) == 0);
  return &function;
}

BOOL GetHandleInformation(HANDLE, DWORD* flags) {
  *flags = 0;
  return !Fails();
}

DWORD GetFileType(HANDLE) { return input().Byte() % 4; }

BOOL CloseHandle(HANDLE handle) {
  fake_system.UseOwn(Number(handle));
  fake_system.Close(Number(handle));
  return !Fails();
}

int WideCharToMultiByte(DWORD page, DWORD flags, const wchar_t* from, int length, char* to, int size, const char*,
                        BOOL*) {
  Require(page == CP_UTF8 && flags == 0 && length == -1);
  if (Fails()) return 0;
  int used = 0;
  do {
    const char euro[] = "\xe2\x82\xac";
    const int width = *from < 0x80 ? 1 : 3;
    Require(used + width <= size);
    if (width == 1) to[used] = static_cast<char>(*from);
    if (width == 3) memcpy(to + used, euro, 3);
    used += width;
  } while (*from++ != 0);
  return used;
}

SOCKET WSASocketW(int family, int type, int, WSAPROTOCOL_INFOW* info, ULONG, DWORD flags) {
  Require(family == AF_INET || family == AF_INET6);
  Require(type == SOCK_STREAM || type == SOCK_DGRAM);
  Require(info == nullptr && flags == (WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  return Fails() ? INVALID_SOCKET : static_cast<SOCKET>(fake_system.Opened());
}

namespace {

int Use(SOCKET socket) {
  fake_system.Use(static_cast<int>(socket));
  return Fails() ? SOCKET_ERROR : 0;
}

// An address in full; its family may be any.
void WriteAddress(sockaddr* address, int* length) {
  sockaddr_in6 made;
  memset(&made, 0, sizeof made);
  input().Take(&made, input().Byte() % (sizeof made + 1));
  const uint8_t family = input().Byte();
  if ((family & 3) != 3) made.sin6_family = (family & 1) != 0 ? AF_INET : AF_INET6;
  Require(*length >= static_cast<int>(sizeof made));
  memcpy(address, &made, sizeof made);
  *length = sizeof made;
}

}  // namespace

SOCKET FakeAccept(SOCKET socket, sockaddr* peer, int* length) {
  if (Use(socket) != 0) return INVALID_SOCKET;
  WriteAddress(peer, length);
  return static_cast<SOCKET>(fake_system.Opened());
}

int closesocket(SOCKET socket) {
  fake_system.Close(static_cast<int>(socket));
  return Fails() ? SOCKET_ERROR : 0;
}

int ioctlsocket(SOCKET socket, long command, u_long* argument) {
  Require(command == FIONBIO && *argument == 1);
  return Use(socket);
}

int FakeBind(SOCKET socket, const sockaddr* address, int length) {
  Require(length == static_cast<int>(address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)));
  return Use(socket);
}

int FakeListen(SOCKET socket, int) { return Use(socket); }

int FakeGetsockopt(SOCKET socket, int, int option, char* value, int* length) {
  const bool protocol = option == SO_PROTOCOL_INFOW;
  Require(*length == static_cast<int>(protocol ? sizeof(WSAPROTOCOL_INFOW) : sizeof(DWORD)));
  if (Use(socket) != 0) return SOCKET_ERROR;
  memset(value, 0, static_cast<size_t>(*length));
  if (!protocol) return memset(value, input().Byte(), 1) != nullptr ? 0 : SOCKET_ERROR;
  WSAPROTOCOL_INFOW info;
  memset(&info, 0, sizeof info);
  const uint8_t choice = input().Byte();
  info.iAddressFamily = (choice & 1) != 0 ? input().Take<int>() : AF_INET6;
  info.iSocketType = (choice & 2) != 0 ? SOCK_DGRAM : SOCK_STREAM;
  memcpy(value, &info, sizeof info);
  return 0;
}

int FakeSetsockopt(SOCKET socket, int, int, const char* value, int length) {
  DWORD number;
  Require(length == static_cast<int>(sizeof number));
  memcpy(&number, value, sizeof number);
  Require(number == 0 || number == 1);
  return Use(socket);
}

int FakeAddress(SOCKET socket, sockaddr* address, int* length) {
  if (Use(socket) != 0) return SOCKET_ERROR;
  WriteAddress(address, length);
  return 0;
}

int FakeRecvfrom(SOCKET socket, char* buffer, int size, int, sockaddr* sender, int* length) {
  if (Use(socket) != 0) return SOCKET_ERROR;
  WriteAddress(sender, length);
  return static_cast<int>(input().Take(buffer, input().Byte() % (static_cast<size_t>(size) + 1)));
}
