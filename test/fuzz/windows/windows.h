// What native/ uses of Windows' own headers, with the numbers of Microsoft's, so that its files for Windows run in the
// fuzzer: fake_windows.cc answers. Addresses are this system's, which have the same fields; the functions that this
// system has too have other names here.
#ifndef V6ONLY_TEST_FUZZ_WINDOWS_WINDOWS_H_
#define V6ONLY_TEST_FUZZ_WINDOWS_WINDOWS_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WINAPI
#define FALSE 0
#define TRUE 1
#define MAX_PATH 260

typedef int BOOL;
typedef uint8_t UCHAR;
typedef uint16_t ADDRESS_FAMILY;
typedef uint32_t DWORD;
typedef uint32_t ULONG;
typedef void* HANDLE;
typedef void* HINSTANCE;
typedef void* HMODULE;
typedef void* FARPROC;
typedef uintptr_t SOCKET;

#define INVALID_HANDLE_VALUE reinterpret_cast<HANDLE>(static_cast<intptr_t>(-1))
constexpr SOCKET INVALID_SOCKET = static_cast<SOCKET>(-1);
constexpr int SOCKET_ERROR = -1;

enum : DWORD {
  DLL_PROCESS_ATTACH = 1,
  FILE_TYPE_PIPE = 3,
  CP_UTF8 = 65001,
  WSA_FLAG_OVERLAPPED = 0x01,
  WSA_FLAG_NO_HANDLE_INHERIT = 0x80,
};
constexpr int SO_PROTOCOL_INFOW = 0x2005;
constexpr long FIONBIO = static_cast<int>(0x8004667e);

#define NO_ERROR 0
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_NO_MORE_FILES 18
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_BUFFER_OVERFLOW 111
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_NO_DATA 232
#define ERROR_ADDRESS_NOT_ASSOCIATED 1228
#define WSAEACCES 10013
#define WSAEFAULT 10014
#define WSAEINVAL 10022
#define WSAEMFILE 10024
#define WSAEWOULDBLOCK 10035
#define WSAENOTSOCK 10038
#define WSAENOPROTOOPT 10042
#define WSAEPROTONOSUPPORT 10043
#define WSAEOPNOTSUPP 10045
#define WSAEAFNOSUPPORT 10047
#define WSAEADDRINUSE 10048
#define WSAEADDRNOTAVAIL 10049
#define WSAENETDOWN 10050
#define WSAECONNRESET 10054
#define WSAENOBUFS 10055
#define WSAENOTCONN 10057
#define WSANOTINITIALISED 10093

struct WSAPROTOCOL_INFOW {
  DWORD flags[19];
  int iAddressFamily;
  int more[2];
  int iSocketType;
  char rest[536];
};
static_assert(sizeof(WSAPROTOCOL_INFOW) == 628, "as Microsoft's");

DWORD GetLastError();
int WSAGetLastError();
HMODULE GetModuleHandleW(const wchar_t* name);
FARPROC GetProcAddress(HMODULE module, const char* name);
BOOL GetHandleInformation(HANDLE handle, DWORD* flags);
DWORD GetFileType(HANDLE handle);
BOOL CloseHandle(HANDLE handle);
int WideCharToMultiByte(DWORD page, DWORD flags, const wchar_t* from, int length, char* to, int size,
                        const char* missing, BOOL* used);

SOCKET WSASocketW(int family, int type, int protocol, WSAPROTOCOL_INFOW* info, ULONG group, DWORD flags);
SOCKET FakeAccept(SOCKET socket, sockaddr* peer, int* length);
int closesocket(SOCKET socket);
int ioctlsocket(SOCKET socket, long command, u_long* argument);
int FakeBind(SOCKET socket, const sockaddr* address, int length);
int FakeListen(SOCKET socket, int backlog);
int FakeGetsockopt(SOCKET socket, int level, int option, char* value, int* length);
int FakeSetsockopt(SOCKET socket, int level, int option, const char* value, int length);
int FakeAddress(SOCKET socket, sockaddr* address, int* length);
int FakeRecvfrom(SOCKET socket, char* buffer, int size, int flags, sockaddr* sender, int* length);
void* FakeMalloc(size_t size);

#ifndef V6ONLY_FUZZER
#define accept FakeAccept
#define bind FakeBind
#define listen FakeListen
#define getsockopt FakeGetsockopt
#define setsockopt FakeSetsockopt
#define getsockname FakeAddress
#define getpeername FakeAddress
#define recvfrom FakeRecvfrom
#define malloc FakeMalloc
#endif

#endif  // V6ONLY_TEST_FUZZ_WINDOWS_WINDOWS_H_
