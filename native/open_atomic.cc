// Linux and FreeBSD: socket(2) takes the flags, so no other thread's fork() can inherit the descriptor.
#include <errno.h>
#include <sys/socket.h>

#include "socket.h"

namespace v6only {

int OpenCloseOnExec(int domain, int type) {
  const int fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd >= 0 ? fd : -errno;
}

}  // namespace v6only
