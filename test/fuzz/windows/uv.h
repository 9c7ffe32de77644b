// What native/ and the fuzzer use of libuv's header as Windows has it, which includes those of Winsock.
#ifndef V6ONLY_TEST_FUZZ_WINDOWS_UV_H_
#define V6ONLY_TEST_FUZZ_WINDOWS_UV_H_

#include <uv/errno.h>

#include "windows.h"

enum uv_errno_t {
  UV_EACCES = UV__EACCES,
  UV_EADDRINUSE = UV__EADDRINUSE,
  UV_EADDRNOTAVAIL = UV__EADDRNOTAVAIL,
  UV_EAFNOSUPPORT = UV__EAFNOSUPPORT,
  UV_EAGAIN = UV__EAGAIN,
  UV_EBADF = UV__EBADF,
  UV_ECANCELED = UV__ECANCELED,
  UV_ECONNRESET = UV__ECONNRESET,
  UV_EEXIST = UV__EEXIST,
  UV_EFAULT = UV__EFAULT,
  UV_EINVAL = UV__EINVAL,
  UV_EMFILE = UV__EMFILE,
  UV_ENETDOWN = UV__ENETDOWN,
  UV_ENOBUFS = UV__ENOBUFS,
  UV_ENOENT = UV__ENOENT,
  UV_ENOMEM = UV__ENOMEM,
  UV_ENOPROTOOPT = UV__ENOPROTOOPT,
  UV_ENOSYS = UV__ENOSYS,
  UV_ENOTCONN = UV__ENOTCONN,
  UV_ENOTSOCK = UV__ENOTSOCK,
  UV_ENOTSUP = UV__ENOTSUP,
  UV_ENXIO = UV__ENXIO,
  UV_EPERM = UV__EPERM,
  UV_EPROTO = UV__EPROTO,
  UV_EPROTONOSUPPORT = UV__EPROTONOSUPPORT,
  UV_UNKNOWN = UV__UNKNOWN,
  UV_EOF = UV__EOF,
};

enum uv_handle_type { UV_NAMED_PIPE = 7, UV_TCP = 12, UV_TIMER = 13, UV_UDP = 15 };

struct uv_loop_s;
struct uv_handle_s;
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef HANDLE uv_os_fd_t;
typedef void (*uv_walk_cb)(uv_handle_t* handle, void* data);

extern "C" {
void uv_walk(uv_loop_t* loop, uv_walk_cb callback, void* data);
uv_handle_type uv_handle_get_type(const uv_handle_t* handle);
int uv_has_ref(const uv_handle_t* handle);
void uv_ref(uv_handle_t* handle);
void uv_unref(uv_handle_t* handle);
int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd);
}

#endif  // V6ONLY_TEST_FUZZ_WINDOWS_UV_H_
