// Between JavaScript's values and C's. Arguments are checked in TypeScript; what arrives here wrong all the same
// gives false, and nothing is converted: napi_get_value_int32 would make descriptor 0 of NaN, and 3 of 2**32 + 3.
#ifndef V6ONLY_NATIVE_VALUES_H_
#define V6ONLY_NATIVE_VALUES_H_

#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

namespace v6only {

bool ReadInt(napi_env env, napi_value argument, int* number);

// A whole number from 0 to `most`.
bool ReadUint(napi_env env, napi_value argument, uint32_t most, uint32_t* number);

bool ReadBool(napi_env env, napi_value argument, bool* value);

// False also for what does not fit, and for a text with a 0 in it.
bool ReadText(napi_env env, napi_value argument, char* text, size_t size);

// A null pointer, which JavaScript sees as undefined, when not even a number can be made: an exception is pending,
// or the environment is going away.
napi_value Number(napi_env env, int number);

bool SetNumber(napi_env env, napi_value object, const char* key, int number);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_VALUES_H_
