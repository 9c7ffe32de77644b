#ifndef V6ONLY_NATIVE_ADDON_SOCKETS_H_
#define V6ONLY_NATIVE_ADDON_SOCKETS_H_

#include <node_api.h>

namespace v6only {

// Adds listListeners, listSockets and listProcesses to the exports; false where an exception is pending.
bool InitSockets(napi_env env, napi_value exports);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ADDON_SOCKETS_H_
