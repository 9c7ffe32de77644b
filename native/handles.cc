// Finds the descriptor of the libuv handle behind a JavaScript object, using only its ref() and libuv's list
// of handles: unreference every handle, call ref(), and take the one that is referenced now. This takes
// one call into JavaScript whatever the target's previous state, and depends neither on addresses, which two sockets
// may share, nor on private fields. The event loop does not run meanwhile, so nothing else sees that state.
#include "handles.h"

#include "libuv.h"
#include "rows.h"
#include "values.h"

namespace v6only {

namespace {

struct Handle {
  const uv_handle_t* handle;
  bool referenced;
};

bool MayBeSocket(uv_handle_type type) { return type == UV_TCP || type == UV_UDP || type == UV_NAMED_PIPE; }

// The handles of one event loop, and which of them were referenced. uv_walk keeps their order, and memory of a handle
// is freed only by the loop.
class Handles {
 public:
  Handles(const Libuv& libuv, uv_loop_t* loop) : libuv_(libuv), loop_(loop) {}
  ~Handles() { Free(&rows_); }

  // 0 or a negative errno.
  int Unreference() {
    libuv_.walk(loop_, UnreferenceOne, this);
    return failed_;
  }

  // 0 if exactly one handle is referenced now; UV_ENOENT if none is, UV_EEXIST if several are.
  int FindReferenced(Handle* found) {
    count_ = 0;
    libuv_.walk(loop_, FindOne, this);
    *found = found_;
    if (count_ == 1) return 0;
    return count_ == 0 ? UV_ENOENT : UV_EEXIST;
  }

  // The descriptor of `wanted` if it is still a handle of the loop; else UV_EBADF.
  int Restore(const Handle& wanted) {
    wanted_ = wanted.handle;
    descriptor_ = UV_EBADF;
    libuv_.walk(loop_, RestoreOne, this);
    return descriptor_;
  }

 private:
  static void UnreferenceOne(uv_handle_t* handle, void* data) {
    Handles* self = static_cast<Handles*>(data);
    if (self->failed_ != 0 || !MayBeSocket(self->libuv_.type(handle))) return;
    const Handle known = {handle, self->libuv_.has_ref(handle) != 0};
    self->failed_ = Append(&self->rows_, known);
    if (self->failed_ == 0) self->libuv_.unref(handle);
  }

  static void FindOne(uv_handle_t* handle, void* data) {
    Handles* self = static_cast<Handles*>(data);
    const Handle* known = self->Find(handle);
    if (known == nullptr || self->libuv_.has_ref(handle) == 0) return;
    self->found_ = *known;
    self->count_++;
  }

  static void RestoreOne(uv_handle_t* handle, void* data) {
    Handles* self = static_cast<Handles*>(data);
    const Handle* known = self->Find(handle);
    if (known == nullptr) return;
    (known->referenced ? self->libuv_.ref : self->libuv_.unref)(handle);
    if (handle == self->wanted_) self->descriptor_ = DescriptorOf(self->libuv_, handle);
  }

  // Starts after the last one found: a whole walk takes one round.
  const Handle* Find(const uv_handle_t* handle) {
    const Handle* known = reinterpret_cast<const Handle*>(rows_.data);
    const size_t count = rows_.size / sizeof(Handle);
    for (size_t i = 0; i < count; i++, next_++) {
      if (next_ >= count) next_ = 0;
      if (known[next_].handle == handle) return &known[next_++];
    }
    return nullptr;
  }

  const Libuv& libuv_;
  uv_loop_t* loop_;
  Rows rows_;
  int failed_ = 0;
  size_t next_ = 0;
  size_t count_ = 0;
  Handle found_ = {nullptr, false};
  const uv_handle_t* wanted_ = nullptr;
  int descriptor_ = UV_EBADF;
};

// Bun exports all of libuv's names, and ends the process in uv_walk (oven-sh/bun#18546).
bool IsBun(napi_env env) {
  napi_value global = nullptr;
  bool has = false;
  return napi_get_global(env, &global) != napi_ok || napi_has_named_property(env, global, "Bun", &has) != napi_ok ||
         has;
}

// False if it throws; no exception stays pending.
bool Call(napi_env env, napi_value target, napi_value function) {
  napi_value result = nullptr;
  if (napi_call_function(env, target, function, 0, nullptr, &result) == napi_ok) return true;
  (void)(napi_get_and_clear_last_exception(env, &result) == napi_ok);
  return false;
}

// If the target was unreferenced, its unref() is called too: it may keep track of the last call.
int FindAmong(Handles* handles, napi_env env, const napi_value* arguments) {
  const int incomplete = handles->Unreference();
  const bool called = incomplete == 0 && Call(env, arguments[0], arguments[1]);
  Handle found = {nullptr, false};
  int failed = handles->FindReferenced(&found);
  if (!called) failed = incomplete != 0 ? incomplete : UV_ECANCELED;
  if (failed == 0 && !found.referenced && !Call(env, arguments[0], arguments[2])) failed = UV_ECANCELED;
  const int fd = handles->Restore(found);
  return failed != 0 ? failed : fd;
}

bool Is(napi_env env, napi_value value, napi_valuetype type) {
  napi_valuetype found;
  return napi_typeof(env, value, &found) == napi_ok && found == type;
}

}  // namespace

napi_value FindDescriptor(napi_env env, const napi_value* arguments) {
  const bool ok = Is(env, arguments[0], napi_object) && Is(env, arguments[1], napi_function) &&
                  Is(env, arguments[2], napi_function);
  if (!ok) return Number(env, UV_EINVAL);
  Libuv libuv;
  uv_loop_t* loop = nullptr;
  if (!FindLibuv(&libuv) || IsBun(env) || napi_get_uv_event_loop(env, &loop) != napi_ok) return Number(env, UV_ENOSYS);
  Handles handles(libuv, loop);
  return Number(env, FindAmong(&handles, env, arguments));
}

}  // namespace v6only
