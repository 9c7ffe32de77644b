#ifndef V6ONLY_NATIVE_HANDLES_H_
#define V6ONLY_NATIVE_HANDLES_H_

#include <node_api.h>

namespace v6only {

// findDescriptor(target, ref, unref) of src/kernel/addon.ts.
napi_value FindDescriptor(napi_env env, const napi_value* arguments);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_HANDLES_H_
