// Node-API's functions, found when Windows loads this file. An import table would have to name the program that exports
// them, which may have any name. The headers call each function through a pointer named __imp_ plus its name, so we
// define these pointers ourselves.
#include "host_win.h"

#include <node_api.h>
#include <windows.h>

#define V6ONLY_NODE_API(F)             \
  F(napi_call_function)                \
  F(napi_create_arraybuffer)           \
  F(napi_create_async_work)            \
  F(napi_create_function)              \
  F(napi_create_int32)                 \
  F(napi_create_object)                \
  F(napi_create_promise)               \
  F(napi_create_string_utf8)           \
  F(napi_delete_async_work)            \
  F(napi_get_and_clear_last_exception) \
  F(napi_get_cb_info)                  \
  F(napi_get_global)                   \
  F(napi_get_null)                     \
  F(napi_get_uv_event_loop)            \
  F(napi_get_value_bool)               \
  F(napi_get_value_double)             \
  F(napi_get_value_string_utf8)        \
  F(napi_has_named_property)           \
  F(napi_queue_async_work)             \
  F(napi_resolve_deferred)             \
  F(napi_set_named_property)           \
  F(napi_throw_error)                  \
  F(napi_typeof)

#define V6ONLY_POINTER(name) void* __imp_##name;
extern "C" {
V6ONLY_NODE_API(V6ONLY_POINTER)
}

namespace v6only {

namespace {

struct Function {
  const char* name;
  void** pointer;
};

#define V6ONLY_FUNCTION(name) {#name, &__imp_##name},
constexpr Function kNodeApi[] = {V6ONLY_NODE_API(V6ONLY_FUNCTION)};

}  // namespace

void* FindInHost(const char* name) {
  // If Node is a separate library, as in node-gyp's win_delay_load_hook.cc.
  HMODULE host = GetModuleHandleW(L"libnode.dll");
  if (host == nullptr) host = GetModuleHandleW(nullptr);
  return reinterpret_cast<void*>(GetProcAddress(host, name));
}

}  // namespace v6only

// The entry point, called by Windows (tools/targets.mjs). FALSE: the file doesn't load.
extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, void*) {
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  for (const v6only::Function& function : v6only::kNodeApi) {
    *function.pointer = v6only::FindInHost(function.name);
    if (*function.pointer == nullptr) return FALSE;
  }
  return TRUE;
}
