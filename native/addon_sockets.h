#ifndef V6ONLY_NATIVE_ADDON_SOCKETS_H_
#define V6ONLY_NATIVE_ADDON_SOCKETS_H_

#include <node_api.h>

#include "sockets.h"

namespace v6only {

// An ArrayBuffer of the rows, or a negative errno.
napi_value Bytes(napi_env env, const Rows& rows);

// The functions of addon.cc that list sockets and processes.
napi_value ListListeners(napi_env env, const napi_value* arguments);
napi_value ListSocketsAsync(napi_env env, const napi_value* arguments);
napi_value ListProcessesAsync(napi_env env, const napi_value* arguments);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ADDON_SOCKETS_H_
