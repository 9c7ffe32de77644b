// macOS: socket(2) takes no flags (man 2 socket); they are set afterwards, like libuv does in uv__socket.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "socket.h"

namespace v6only {

int OpenCloseOnExec(int domain, int type) {
  const int fd = socket(domain, type, 0);
  if (fd < 0) return -errno;
  const int status = fcntl(fd, F_GETFL);
  if (status >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, status | O_NONBLOCK) == 0) {
    return fd;
  }
  const int error = errno;
  Close(fd);
  return -error;
}

}  // namespace v6only
