// The libuv functions that handles.cc calls. Not every host of a Node-API addon has them; the addon loads anyway.
#ifndef V6ONLY_NATIVE_LIBUV_H_
#define V6ONLY_NATIVE_LIBUV_H_

#include <uv.h>

namespace v6only {

struct Libuv {
  decltype(&uv_walk) walk;
  decltype(&uv_handle_get_type) type;
  decltype(&uv_has_ref) has_ref;
  decltype(&uv_ref) ref;
  decltype(&uv_unref) unref;
  decltype(&uv_fileno) fileno;
};

// One per system: false if the host lacks any of them.
bool FindLibuv(Libuv* libuv);

// One per system: the descriptor, or a negative errno.
int DescriptorOf(const Libuv& libuv, const uv_handle_t* handle);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_LIBUV_H_
