// A Linux kernel that answers what the input says, for the files of native/: the compiler reads this first (-include),
// so that their system calls come here and the fuzzer's own do not. No descriptor of this process is ever touched.
#ifndef V6ONLY_TEST_FUZZ_FAKE_LINUX_H_
#define V6ONLY_TEST_FUZZ_FAKE_LINUX_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <napi.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

int FakeOpen(const char* path, int flags);
int FakeClose(int fd);
ssize_t FakeRead(int fd, void* buffer, size_t size);
ssize_t FakeReadlinkat(int fd, const char* path, char* buffer, size_t size);
long FakeSyscall(long number, int fd, void* buffer, size_t size);
int FakeIoctl(int fd, unsigned long request, void* argument);
int FakeSocket(int domain, int type, int protocol);
int FakeBind(int fd, const sockaddr* address, socklen_t length);
int FakeGetsockopt(int fd, int level, int option, void* value, socklen_t* length);
int FakeSetsockopt(int fd, int level, int option, const void* value, socklen_t length);
int FakeAddress(int fd, sockaddr* address, socklen_t* length);
ssize_t FakeSend(int fd, const void* data, size_t size, int flags);
ssize_t FakeRecvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* sender, socklen_t* length);
char* FakeName(unsigned index, char* name);
unsigned FakeIndex(const char* name);
void* FakeMalloc(size_t size);

#ifndef V6ONLY_FUZZER
#define open FakeOpen
#define close FakeClose
#define read FakeRead
#define readlinkat FakeReadlinkat
#define syscall FakeSyscall
#define ioctl FakeIoctl
#define socket FakeSocket
#define bind FakeBind
#define getsockopt FakeGetsockopt
#define setsockopt FakeSetsockopt
#define getsockname FakeAddress
#define getpeername FakeAddress
#define send FakeSend
#define recvfrom FakeRecvfrom
#define if_indextoname FakeName
#define if_nametoindex FakeIndex
#define malloc FakeMalloc
#endif

#endif  // V6ONLY_TEST_FUZZ_FAKE_LINUX_H_
