#include "libuv.h"

#include "host_win.h"

namespace v6only {

namespace {

template <typename Function>
bool Find(const char* name, Function* function) {
  *function = reinterpret_cast<Function>(FindInHost(name));
  return *function != nullptr;
}

}  // namespace

bool FindLibuv(Libuv* libuv) {
  return Find("uv_walk", &libuv->walk) && Find("uv_handle_get_type", &libuv->type) &&
         Find("uv_has_ref", &libuv->has_ref) && Find("uv_ref", &libuv->ref) && Find("uv_unref", &libuv->unref) &&
         Find("uv_fileno", &libuv->fileno);
}

// Only the low 32 bits of a Windows handle are significant (Microsoft, "Interprocess Communication Between 32-bit and
// 64-bit Applications").
int DescriptorOf(const Libuv& libuv, const uv_handle_t* handle) {
  uv_os_fd_t found;
  const int failed = libuv.fileno(handle, &found);
  return failed != 0 ? failed : static_cast<int>(reinterpret_cast<intptr_t>(found));
}

}  // namespace v6only
