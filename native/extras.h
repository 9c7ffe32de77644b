// Additional functions of the addon on one system.
#ifndef V6ONLY_NATIVE_EXTRAS_H_
#define V6ONLY_NATIVE_EXTRAS_H_

#include <node_api.h>

namespace v6only {

struct Extra {
  const char* name;  // a null pointer ends the list
  napi_value (*function)(napi_env env, const napi_value* arguments);
};

// One per system.
extern const Extra kExtras[];

// On Windows: see src/kernel/addon.ts.
napi_value ListOwnSockets(napi_env env, const napi_value* arguments);
napi_value ListenHere(napi_env env, const napi_value* arguments);
napi_value TakePeer(napi_env env, const napi_value* arguments);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_EXTRAS_H_
