#include "libuv.h"

#include "extras.h"

// Weak, so that the addon loads if they are missing (Deno); their addresses are then null.
#pragma weak uv_walk
#pragma weak uv_handle_get_type
#pragma weak uv_has_ref
#pragma weak uv_ref
#pragma weak uv_unref
#pragma weak uv_fileno

namespace v6only {

const Extra kExtras[] = {{nullptr, nullptr}};

bool FindLibuv(Libuv* libuv) {
  *libuv = {uv_walk, uv_handle_get_type, uv_has_ref, uv_ref, uv_unref, uv_fileno};
  return libuv->walk != nullptr && libuv->type != nullptr && libuv->has_ref != nullptr && libuv->ref != nullptr &&
         libuv->unref != nullptr && libuv->fileno != nullptr;
}

// libuv's own errors are negative errnos here.
int DescriptorOf(const Libuv& libuv, const uv_handle_t* handle) {
  uv_os_fd_t fd;
  const int failed = libuv.fileno(handle, &fd);
  return failed != 0 ? failed : fd;
}

}  // namespace v6only
