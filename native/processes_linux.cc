// Which process has which socket: links in /proc/PID/fd read "socket:[INODE]" (man 5 proc_pid_fd). Processes that end
// meanwhile, or that this user can't inspect (ptrace access mode), have no rows.
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decimal.h"
#include "rows.h"

namespace v6only {

namespace {

constexpr size_t kBufferSize = 32768;
constexpr char kSocket[] = "socket:[";

// The part of struct linux_dirent64 used here (man 2 getdents64). Called directly: the C library's DIR would be
// three more functions, and readdir's names differ between the libraries of 32-bit systems.
constexpr size_t kLengthOffset = 16;
constexpr size_t kNameOffset = 19;

struct Directory {
  int fd;
  uint8_t* buffer;
  size_t size;
  size_t offset;
  int error;
};

// The next name in the directory, or a null pointer at its end, on an error, or if it is gone.
const char* NextName(Directory* directory) {
  if (directory->offset >= directory->size) {
    long size;
    do {
      size = syscall(SYS_getdents64, directory->fd, directory->buffer, kBufferSize);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && errno != ENOENT) directory->error = -errno;
    if (size <= 0) return nullptr;
    directory->size = static_cast<size_t>(size);
    directory->offset = 0;
  }
  const uint8_t* start = directory->buffer + directory->offset;
  uint16_t length;
  memcpy(&length, start + kLengthOffset, sizeof length);
  directory->offset += length;
  return reinterpret_cast<const char*>(start + kNameOffset);
}

bool ReadNumber(const char* text, char end, uint32_t* number) {
  uint64_t value = 0;
  const char* digit = text;
  for (; *digit >= '0' && *digit <= '9'; digit++) {
    value = value * 10 + static_cast<uint64_t>(*digit - '0');
    if (value > UINT32_MAX) return false;
  }
  *number = static_cast<uint32_t>(value);
  return digit != text && *digit == end;
}

template <size_t size>
void WritePath(uint32_t pid, const char (&name)[size], char (&path)[32]) {
  memcpy(path, "/proc/", 6);
  memcpy(WriteDecimal(pid, path + 6), name, size);
}

int Open(const char* path, int flags) {
  int fd;
  do {
    fd = open(path, flags | O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : -errno;
}

// 1 for a socket, 0 for anything else, or -errno. EINVAL: not a link ("." and ".."); ENOENT: closed meanwhile.
int SocketOf(int folder, const char* name, uint32_t* inode) {
  char target[32];
  const ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
  if (length < 0) return errno == EINVAL || errno == ENOENT ? 0 : -errno;
  const size_t prefix = sizeof kSocket - 1;
  if (length < static_cast<ssize_t>(prefix)) return 0;
  target[length] = '\0';
  for (size_t i = 0; i < prefix; i++) {
    if (target[i] != kSocket[i]) return 0;
  }
  return ReadNumber(target + prefix, ']', inode) ? 1 : 0;
}

// Errors of this process, not of the one it inspects.
bool IsScarce(int error) { return error == -ENOMEM || error == -EMFILE || error == -ENFILE; }

// Stays empty when the process is gone.
int ReadName(uint32_t pid, char (&name)[16]) {
  char path[32];
  WritePath(pid, "/comm", path);
  memset(name, 0, sizeof name);
  const int fd = Open(path, 0);
  if (fd < 0) return IsScarce(fd) ? fd : 0;
  ssize_t length;
  do {
    length = read(fd, name, sizeof name - 1);
  } while (length < 0 && errno == EINTR);
  close(fd);
  const size_t end = length > 0 ? static_cast<size_t>(length) - 1 : 0;
  // The line ends in a newline, which is cut off if the name fills the field.
  if (name[end] == '\n') name[end] = '\0';
  return 0;
}

int ListProcess(uint32_t pid, uint8_t* buffer, Rows* rows) {
  char path[32];
  WritePath(pid, "/fd", path);
  const int fd = Open(path, O_DIRECTORY);
  if (fd < 0) return fd;
  Directory directory = {fd, buffer, 0, 0, 0};
  ProcessRow row;
  memset(&row, 0, sizeof row);
  row.pid = pid;
  bool named = false;
  int failed = 0;
  for (const char* name = NextName(&directory); name != nullptr && failed == 0; name = NextName(&directory)) {
    const int found = SocketOf(fd, name, &row.inode);
    if (found < 0) failed = found;
    if (found <= 0) continue;
    if (!named) failed = ReadName(pid, row.name);
    named = true;
    if (failed == 0) failed = Append(rows, row);
  }
  close(fd);
  return failed != 0 ? failed : directory.error;
}

int ListAll(uint8_t* buffer, Rows* rows) {
  const int fd = Open("/proc", O_DIRECTORY);
  if (fd < 0) return fd;
  Directory directory = {fd, buffer, 0, 0, 0};
  int failed = 0;
  for (const char* name = NextName(&directory); name != nullptr && failed == 0; name = NextName(&directory)) {
    uint32_t pid;
    if (!ReadNumber(name, '\0', &pid)) continue;
    const int result = ListProcess(pid, buffer + kBufferSize, rows);
    if (IsScarce(result)) failed = result;
  }
  close(fd);
  return failed != 0 ? failed : directory.error;
}

}  // namespace

int ListProcesses(uint32_t pid, Rows* rows) {
  uint8_t* buffers = static_cast<uint8_t*>(malloc(2 * kBufferSize));
  if (buffers == nullptr) return -ENOMEM;
  const int failed = pid == 0 ? ListAll(buffers, rows) : ListProcess(pid, buffers, rows);
  free(buffers);
  if (failed != 0) Free(rows);
  return failed;
}

}  // namespace v6only
