/* getV6Only in plain Node-API, a part more in each function: what a call costs before, around and in the kernel. */
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

static napi_value empty(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  return NULL;
}

static bool read_descriptor(napi_env env, napi_callback_info info, int* fd) {
  napi_value argument;
  size_t count = 1;
  double value;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok) return false;
  if (napi_get_value_double(env, argument, &value) != napi_ok) return false;
  if (!(value >= 0 && value <= INT32_MAX)) return false;
  *fd = (int)value;
  return *fd == value;
}

static napi_value argument(napi_env env, napi_callback_info info) {
  int fd;
  (void)read_descriptor(env, info, &fd);
  return NULL;
}

static napi_value number(napi_env env, int value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value result(napi_env env, napi_callback_info info) {
  int fd;
  return number(env, read_descriptor(env, info, &fd) ? 1 : -1);
}

static int get(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length) == 0 ? value : -1;
}

static napi_value get_number(napi_env env, napi_callback_info info) {
  int fd;
  return number(env, read_descriptor(env, info, &fd) ? get(fd) : -1);
}

static napi_value get_boolean(napi_env env, napi_callback_info info) {
  int fd;
  napi_value result;
  const bool value = read_descriptor(env, info, &fd) && get(fd) == 1;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : NULL;
}

/* The descriptor comes in, and the value goes out, in memory that JavaScript sees too. */
static int shared[1];

static napi_value get_shared(napi_env env, napi_callback_info info) {
  void* data;
  if (napi_get_cb_info(env, info, NULL, NULL, NULL, &data) != napi_ok) return NULL;
  int* const memory = data;
  *memory = get(*memory);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value memory;
  if (napi_create_external_arraybuffer(env, shared, sizeof shared, NULL, NULL, &memory) != napi_ok) return NULL;
  const napi_property_descriptor parts[] = {
      {"empty", NULL, empty, NULL, NULL, NULL, napi_enumerable, NULL},
      {"argument", NULL, argument, NULL, NULL, NULL, napi_enumerable, NULL},
      {"result", NULL, result, NULL, NULL, NULL, napi_enumerable, NULL},
      {"getNumber", NULL, get_number, NULL, NULL, NULL, napi_enumerable, NULL},
      {"getBoolean", NULL, get_boolean, NULL, NULL, NULL, napi_enumerable, NULL},
      {"getShared", NULL, get_shared, NULL, NULL, NULL, napi_enumerable, shared},
      {"memory", NULL, NULL, NULL, NULL, memory, napi_enumerable, NULL},
  };
  return napi_define_properties(env, exports, sizeof parts / sizeof *parts, parts) == napi_ok ? exports : NULL;
}
