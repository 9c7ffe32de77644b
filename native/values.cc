#include "values.h"

#include <string.h>

namespace v6only {

namespace {

bool ReadNumber(napi_env env, napi_value argument, double least, double most, double* number) {
  return napi_get_value_double(env, argument, number) == napi_ok && *number >= least && *number <= most;
}

}  // namespace

bool ReadInt(napi_env env, napi_value argument, int* number) {
  double value = 0;
  if (!ReadNumber(env, argument, INT32_MIN, INT32_MAX, &value)) return false;
  *number = static_cast<int>(value);
  return *number == value;
}

bool ReadUint(napi_env env, napi_value argument, uint32_t most, uint32_t* number) {
  double value = 0;
  if (!ReadNumber(env, argument, 0, most, &value)) return false;
  *number = static_cast<uint32_t>(value);
  return *number == value;
}

bool ReadBool(napi_env env, napi_value argument, bool* value) {
  return napi_get_value_bool(env, argument, value) == napi_ok;
}

bool ReadText(napi_env env, napi_value argument, char* text, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, argument, text, size, &length) != napi_ok) return false;
  return length < size - 1 && strlen(text) == length;
}

napi_value Number(napi_env env, int number) {
  napi_value value = nullptr;
  return napi_create_int32(env, number, &value) == napi_ok ? value : nullptr;
}

bool SetNumber(napi_env env, napi_value object, const char* key, int number) {
  napi_value value = nullptr;
  return napi_create_int32(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

}  // namespace v6only
