#include "sysctl.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/sysctl.h>

namespace v6only {

int ReadSysctl(const char* name, int* value) {
  size_t length = sizeof *value;
  if (sysctlbyname(name, value, &length, nullptr, 0) != 0) return -errno;
  return length == sizeof *value ? 0 : -EINVAL;
}

}  // namespace v6only
