// The glue between JavaScript and the functions of socket.h, sysctl.h and v6only.h: arguments in, one number
// or one object out. A negative number is a negated errno. Arguments are checked in TypeScript; what
// arrives here wrong all the same is -EINVAL and reaches no system call.
#include <errno.h>
#include <napi.h>

#include "addon_sockets.h"
#include "addresses.h"
#include "socket.h"
#include "sysctl.h"
#include "v6only.h"

namespace {

// napi_get_value_int32 turns NaN into descriptor 0 and 2**32 + 3 into 3, so the double is looked at.
bool ReadInt(napi_env env, napi_value argument, int* out) {
  double value = 0;
  if (napi_get_value_double(env, argument, &value) != napi_ok) return false;
  if (!(value >= INT32_MIN && value <= INT32_MAX)) return false;
  *out = static_cast<int>(value);
  return *out == value;
}

bool ReadInt(const Napi::CallbackInfo& info, size_t index, int* out) {
  return ReadInt(info.Env(), info[index], out);
}

bool ReadBool(const Napi::CallbackInfo& info, size_t index, bool* out) {
  return napi_get_value_bool(info.Env(), info[index], out) == napi_ok;
}

template <size_t size>
bool ReadText(const Napi::CallbackInfo& info, size_t index, char (&text)[size]) {
  size_t length = 0;
  if (napi_get_value_string_utf8(info.Env(), info[index], text, size, &length) != napi_ok) return false;
  return length < size - 1;
}

// undefined when not even a number can be made: the environment is going away.
Napi::Value Number(Napi::Env env, int number) {
  napi_value value = nullptr;
  return napi_create_int32(env, number, &value) == napi_ok ? Napi::Value(env, value) : Napi::Value();
}

bool SetNumber(Napi::Env env, napi_value object, const char* key, int number) {
  napi_value value = nullptr;
  return napi_create_int32(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

bool SetAddress(Napi::Env env, napi_value object, const char* key, const v6only::Address& address) {
  napi_value value = nullptr;
  napi_value text = nullptr;
  if (address.port < 0) {
    return napi_get_null(env, &value) == napi_ok &&
           napi_set_named_property(env, object, key, value) == napi_ok;
  }
  return napi_create_object(env, &value) == napi_ok &&
         napi_create_string_utf8(env, address.text, NAPI_AUTO_LENGTH, &text) == napi_ok &&
         napi_set_named_property(env, value, "address", text) == napi_ok &&
         SetNumber(env, value, "port", address.port) &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

// The one call that is made often enough to be held against a loop in C: CallbackInfo always fetches six arguments.
napi_value GetV6Only(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  size_t count = 1;
  int fd;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return nullptr;
  return Number(env, ReadInt(env, argument, &fd) ? v6only::GetV6Only(fd) : -EINVAL);
}

Napi::Value SetV6Only(const Napi::CallbackInfo& info) {
  int fd;
  bool value;
  const bool ok = ReadInt(info, 0, &fd) && ReadBool(info, 1, &value);
  return Number(info.Env(), ok ? v6only::SetV6Only(fd, value) : -EINVAL);
}

Napi::Value Describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int fd;
  if (!ReadInt(info, 0, &fd)) return Number(env, -EINVAL);
  v6only::Description description;
  const int failed = v6only::Describe(fd, &description);
  if (failed != 0) return Number(env, failed);
  napi_value object = nullptr;
  const bool ok = napi_create_object(env, &object) == napi_ok &&
                  SetNumber(env, object, "family", description.family) &&
                  SetNumber(env, object, "type", description.type) &&
                  SetNumber(env, object, "listening", description.listening ? 1 : 0) &&
                  SetAddress(env, object, "local", description.local) &&
                  SetAddress(env, object, "peer", description.peer);
  return ok ? Napi::Value(env, object) : Number(env, -ENOMEM);
}

Napi::Value HasAddress(const Napi::CallbackInfo& info) {
  int family;
  const bool ok = ReadInt(info, 0, &family);
  return Number(info.Env(), ok ? v6only::HasAddress(static_cast<v6only::Family>(family)) : -EINVAL);
}

Napi::Value Open(const Napi::CallbackInfo& info) {
  int family;
  int type;
  const bool ok = ReadInt(info, 0, &family) && ReadInt(info, 1, &type);
  return Number(info.Env(), ok ? v6only::Open(static_cast<v6only::Family>(family),
                                              static_cast<v6only::SocketType>(type))
                               : -EINVAL);
}

Napi::Value Bind(const Napi::CallbackInfo& info) {
  int fd;
  int port;
  char address[sizeof(v6only::Address::text)];
  const bool ok = ReadInt(info, 0, &fd) && ReadText(info, 1, address) && ReadInt(info, 2, &port);
  return Number(info.Env(), ok ? v6only::Bind(fd, address, port) : -EINVAL);
}

Napi::Value SetReuse(const Napi::CallbackInfo& info) {
  int fd;
  bool reuse_address;
  const bool ok = ReadInt(info, 0, &fd) && ReadBool(info, 1, &reuse_address);
  return Number(info.Env(), ok ? v6only::SetReuse(fd, reuse_address) : -EINVAL);
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  int fd;
  return Number(info.Env(), ReadInt(info, 0, &fd) ? v6only::Close(fd) : -EINVAL);
}

// The value as `{ value }`, because a sysctl may be negative (FreeBSD takes any int).
Napi::Value ReadSysctl(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  char name[64];
  if (!ReadText(info, 0, name)) return Number(env, -EINVAL);
  int value = 0;
  const int failed = v6only::ReadSysctl(name, &value);
  if (failed != 0) return Number(env, failed);
  napi_value object = nullptr;
  const bool ok =
      napi_create_object(env, &object) == napi_ok && SetNumber(env, object, "value", value);
  return ok ? Napi::Value(env, object) : Number(env, -ENOMEM);
}

bool ExportGetV6Only(napi_env env, napi_value exports) {
  napi_value function = nullptr;
  return napi_create_function(env, "getV6Only", NAPI_AUTO_LENGTH, GetV6Only, nullptr, &function) == napi_ok &&
         napi_set_named_property(env, exports, "getV6Only", function) == napi_ok;
}

template <Napi::Value (*callback)(const Napi::CallbackInfo&)>
bool Export(Napi::Env env, napi_value exports, const char* name) {
  const Napi::Function function = Napi::Function::New<callback>(env, name);
  return !function.IsEmpty() && napi_set_named_property(env, exports, name, function) == napi_ok;
}

// A half-made export is an exception that node-addon-api has already thrown; loading then fails as a whole.
Napi::Object Init(Napi::Env env, Napi::Object exports) {
  (void)(ExportGetV6Only(env, exports) && Export<SetV6Only>(env, exports, "setV6Only") &&
         Export<Describe>(env, exports, "describe") && Export<Open>(env, exports, "open") &&
         Export<Bind>(env, exports, "bind") && Export<SetReuse>(env, exports, "setReuse") &&
         Export<Close>(env, exports, "close") && Export<ReadSysctl>(env, exports, "readSysctl") &&
         Export<HasAddress>(env, exports, "hasAddress") &&
         v6only::InitSockets(env, exports));
  return exports;
}

}  // namespace

NODE_API_MODULE(v6only, Init)
