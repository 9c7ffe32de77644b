#define V6ONLY_FUZZER
#include "fake_linux.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "fake_system.h"

namespace {

uint32_t sequence = 0;  // of the last request

Input& input() { return *fake_system.input; }

constexpr int kErrors[] = {EINTR, EBADF, EINVAL, ENOTSOCK, ENOPROTOOPT, EMFILE, EACCES, ENOENT, ENOBUFS};

// True, with errno set, where this call is to fail.
bool Fails() { return fake_system.Fails(kErrors, &errno); }

int Opened() { return fake_system.Opened(); }
void Use(int fd) { fake_system.Use(fd); }
void UseOwn(int fd) { fake_system.UseOwn(fd); }

}  // namespace

const size_t kSystemErrors = sizeof kErrors / sizeof *kErrors;
const std::vector<const char*> kExtraNames;

bool Attach() { return true; }

int FakeOpen(const char* path, int flags) {
  Require(strncmp(path, "/proc", 5) == 0 && strlen(path) < 128 && (flags & O_CLOEXEC) != 0);
  return Fails() ? -1 : Opened();
}

int FakeClose(int fd) {
  fake_system.Close(fd);
  return Fails() ? -1 : 0;
}

ssize_t FakeRead(int fd, void* buffer, size_t size) {
  UseOwn(fd);
  return Fails() ? -1 : static_cast<ssize_t>(input().Take(buffer, input().Byte() % (size + 1)));
}

ssize_t FakeReadlinkat(int fd, const char* path, char* buffer, size_t size) {
  UseOwn(fd);
  Require(strlen(path) < 256);
  if (Fails()) return -1;
  constexpr char kSocket[] = "socket:[4711]";
  const size_t prefix = input().Byte() % sizeof kSocket;
  const size_t kept = prefix < size ? prefix : size;
  memcpy(buffer, kSocket, kept);
  return static_cast<ssize_t>(kept + input().Take(buffer + kept, input().Byte() % (size - kept + 1)));
}

// getdents64, the only one: entries that are in order, as the kernel's are, with any names.
long FakeSyscall(long number, int fd, void* buffer, size_t size) {
  UseOwn(fd);
  Require(number == SYS_getdents64);
  if (Fails()) return -1;
  uint8_t* out = static_cast<uint8_t*>(buffer);
  size_t used = 0;
  for (int left = input().Byte() % 4; left > 0 && !input().Ended(); left--) {
    constexpr size_t kName = 19;
    char name[16] = {};
    const size_t length = input().Take(name, input().Byte() % sizeof name);
    if ((input().Byte() & 1) != 0) memcpy(name, "12", 3);
    const uint16_t entry = static_cast<uint16_t>((kName + length + 1 + 7) & ~7u);
    const uint16_t whole = entry < kName + 5 ? 24 : entry;
    Require(used + whole <= size);
    memset(out + used, 0, whole);
    memcpy(out + used + 16, &whole, sizeof whole);
    memcpy(out + used + kName, name, strlen(name));
    used += whole;
  }
  return static_cast<long>(used);
}

int FakeIoctl(int fd, unsigned long request, void* argument) {
  UseOwn(fd);
  if (Fails()) return -1;
  if (request == SIOCGIFFLAGS) {
    static_cast<ifreq*>(argument)->ifr_flags = static_cast<short>(input().Byte());
    return 0;
  }
  Require(request == SIOCGIFCONF);
  ifconf* configuration = static_cast<ifconf*>(argument);
  const int room = configuration->ifc_len / static_cast<int>(sizeof(ifreq));
  const int count = input().Byte() % (room < 255 ? room + 1 : 256);
  if (count > 0) memset(configuration->ifc_req, 'x', count * sizeof(ifreq));
  configuration->ifc_len = count * static_cast<int>(sizeof(ifreq));
  return 0;
}

int FakeSocket(int domain, int type, int) {
  Require(domain == AF_INET || domain == AF_INET6 || domain == AF_NETLINK);
  Require((type & SOCK_CLOEXEC) != 0);
  return Fails() ? -1 : Opened();
}

int FakeBind(int fd, const sockaddr* address, socklen_t length) {
  Use(fd);
  Require(length == (address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)));
  return Fails() ? -1 : 0;
}

int FakeGetsockopt(int fd, int, int, void* value, socklen_t* length) {
  Use(fd);
  Require(*length == sizeof(int));
  if (Fails()) return -1;
  const int answer = (input().Byte() & 1) != 0 ? input().Take<int>() : AF_INET6;
  memcpy(value, &answer, sizeof answer);
  return 0;
}

int FakeSetsockopt(int fd, int, int, const void* value, socklen_t length) {
  Use(fd);
  int number;
  Require(length == sizeof number);
  memcpy(&number, value, sizeof number);
  Require(number == 0 || number == 1);
  return Fails() ? -1 : 0;
}

int FakeAddress(int fd, sockaddr* address, socklen_t* length) {
  Use(fd);
  Require(*length >= sizeof(sockaddr_storage));
  if (Fails()) return -1;
  sockaddr_storage storage;
  memset(&storage, 0, sizeof storage);
  const size_t size = input().Take(&storage, input().Byte() % (sizeof storage + 1));
  if ((input().Byte() & 1) == 0) storage.ss_family = (size & 1) != 0 ? AF_INET : AF_INET6;
  memcpy(address, &storage, *length < sizeof storage ? *length : sizeof storage);
  *length = static_cast<socklen_t>(size);
  return 0;
}

ssize_t FakeSend(int fd, const void* data, size_t size, int) {
  UseOwn(fd);
  nlmsghdr header;
  Require(size >= sizeof header);
  memcpy(&header, data, sizeof header);
  Require(header.nlmsg_len == size);
  sequence = header.nlmsg_seq;
  return Fails() ? -1 : static_cast<ssize_t>(size);
}

namespace {

// A message of the right length: a socket with what the input has for it, or the end of the dump.
size_t WriteMessage(uint8_t* out, uint32_t sequence) {
  const bool row = !input().Ended() && (input().Byte() & 3) != 0;
  uint8_t payload[sizeof(inet_diag_msg) + 16] = {};
  const size_t size = row ? sizeof(inet_diag_msg) + input().Byte() % 17 : sizeof(int);
  if (row) input().Take(payload, size);
  if (row) payload[0] = (payload[0] & 1) != 0 ? AF_INET : AF_INET6;
  const uint16_t flags = input().Rarely() ? 0x10 : 0;  // NLM_F_DUMP_INTR
  const nlmsghdr header = {static_cast<uint32_t>(sizeof header + size),
                           static_cast<uint16_t>(row ? SOCK_DIAG_BY_FAMILY : NLMSG_DONE), flags, sequence, 0};
  memcpy(out, &header, sizeof header);
  memcpy(out + sizeof header, payload, size);
  return (sizeof header + size + 3) & ~static_cast<size_t>(3);
}

}  // namespace

// The rows of the dump, or arbitrary bytes, or those of another sender.
ssize_t FakeRecvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* sender, socklen_t* length) {
  UseOwn(fd);
  Require((flags & MSG_TRUNC) != 0 && *length == sizeof(sockaddr_nl) && size > 1024);
  if (Fails()) return -1;
  sockaddr_nl address;
  memset(&address, 0, sizeof address);
  address.nl_pid = input().Rarely() ? 7 : 0;
  memcpy(sender, &address, sizeof address);
  if (input().Rarely()) return static_cast<ssize_t>(size + input().Byte());
  if (input().Rarely()) return static_cast<ssize_t>(input().Take(buffer, 256));
  const uint32_t answered = input().Rarely() ? 0 : sequence;
  size_t used = 0;
  for (int left = 1 + input().Byte() % 4; left > 0; left--) {
    used += WriteMessage(static_cast<uint8_t*>(buffer) + used, answered);
  }
  return static_cast<ssize_t>(used);
}

char* FakeName(unsigned, char* name) {
  if (Fails()) return nullptr;
  memset(name, 'i', IF_NAMESIZE - 1);
  name[IF_NAMESIZE - 1] = '\0';
  return name;
}

unsigned FakeIndex(const char* name) { return strlen(name) < IF_NAMESIZE && !Fails() ? 1 : 0; }

void* FakeMalloc(size_t size) { return Fails() ? nullptr : malloc(size); }
