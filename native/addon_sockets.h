#ifndef V6ONLY_NATIVE_ADDON_SOCKETS_H_
#define V6ONLY_NATIVE_ADDON_SOCKETS_H_

#include <node_api.h>

namespace v6only {

// The functions of addon.cc that list sockets and processes.
napi_value ListListeners(napi_env env, const napi_value* arguments);
napi_value ListSocketsAsync(napi_env env, const napi_value* arguments);
napi_value ListProcessesAsync(napi_env env, const napi_value* arguments);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ADDON_SOCKETS_H_
