// Windows and OpenBSD, where no sysctl decides about sockets.
#include "sysctl.h"

#include <uv.h>

namespace v6only {

int ReadSysctl(const char*, int*) { return UV_ENOENT; }

}  // namespace v6only
