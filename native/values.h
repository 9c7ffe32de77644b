// Converts between JavaScript and C values. Arguments are checked in TypeScript; a wrong one that still gets here
// returns false and is not coerced: napi_get_value_int32 would turn NaN into descriptor 0, and 2**32 + 3 into 3.
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

// False also for text that doesn't fit or contains a 0.
bool ReadText(napi_env env, napi_value argument, char* text, size_t size);

// A null pointer, which JavaScript sees as undefined, when not even a number can be made: an exception is pending,
// or the environment is going away.
napi_value Number(napi_env env, int number);

bool SetNumber(napi_env env, napi_value object, const char* key, int number);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_VALUES_H_
