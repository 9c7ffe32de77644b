// Linux 5.5 removed sysctl(2); /proc/sys shows the caller's network namespace.
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace v6only {

namespace {

constexpr char kRoot[] = "/proc/sys/";

ssize_t ReadOnce(const char* path, char* text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t count;
  do {
    count = read(fd, text, size);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  close(fd);
  return count < 0 ? -error : count;
}

}  // namespace

int ReadSysctl(const char* name, int* value) {
  char path[128];
  const size_t root = sizeof kRoot - 1;
  const size_t length = strlen(name);
  if (root + length >= sizeof path) return -ENAMETOOLONG;
  memcpy(path, kRoot, root);
  for (size_t i = 0; i <= length; i++) path[root + i] = name[i] == '.' ? '/' : name[i];
  char text[32];
  const ssize_t count = ReadOnce(path, text, sizeof text - 1);
  if (count < 0) return static_cast<int>(count);
  text[count] = '\0';
  *value = static_cast<int>(strtol(text, nullptr, 10));
  return 0;
}

}  // namespace v6only
