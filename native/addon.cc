// The glue between JavaScript and the functions of socket.h, sysctl.h and v6only.h: arguments in, one number
// or one object out. A negative number is a libuv error number,
// which is the negated errno, except on Windows. Wrong arguments are UV_EINVAL and cause no system call.
//
// node-addon-api creates and registers the module; arguments and values use the C calls beneath it. Measured on x86-64,
// this saves 3 to 4 ns of a call that costs 22 (Node 26) to 31 (Node 20), because Napi::CallbackInfo fetches six
// arguments each time, and a quarter of the file, for Napi::Error with a template for each function.
#include <napi.h>
#include <uv.h>

#include "addon_sockets.h"
#include "addresses.h"
#include "extras.h"
#include "handles.h"
#include "socket.h"
#include "sysctl.h"
#include "v6only.h"
#include "values.h"

namespace {

using v6only::Number;
using v6only::ReadBool;
using v6only::ReadInt;
using v6only::ReadText;
using v6only::ReadUint;
using v6only::SetNumber;

bool ReadFamily(napi_env env, napi_value argument, v6only::Family* family) {
  uint32_t number;
  if (!ReadUint(env, argument, v6only::kIPv6, &number)) return false;
  *family = static_cast<v6only::Family>(number);
  return number == v6only::kIPv4 || number == v6only::kIPv6;
}

bool SetAddress(napi_env env, napi_value object, const char* key, const v6only::Address& address) {
  napi_value value = nullptr;
  napi_value text = nullptr;
  if (address.port < 0) {
    return napi_get_null(env, &value) == napi_ok && napi_set_named_property(env, object, key, value) == napi_ok;
  }
  return napi_create_object(env, &value) == napi_ok &&
         napi_create_string_utf8(env, address.text, NAPI_AUTO_LENGTH, &text) == napi_ok &&
         napi_set_named_property(env, value, "address", text) == napi_ok &&
         SetNumber(env, value, "port", address.port) && napi_set_named_property(env, object, key, value) == napi_ok;
}

// The only call frequent enough to be compared with a loop in C: it fetches its argument itself.
napi_value GetV6Only(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  size_t count = 1;
  int fd;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return nullptr;
  return Number(env, ReadInt(env, argument, &fd) ? v6only::GetV6Only(fd) : UV_EINVAL);
}

napi_value SetV6Only(napi_env env, const napi_value* arguments) {
  int fd;
  bool value;
  const bool ok = ReadInt(env, arguments[0], &fd) && ReadBool(env, arguments[1], &value);
  return Number(env, ok ? v6only::SetV6Only(fd, value) : UV_EINVAL);
}

napi_value Describe(napi_env env, const napi_value* arguments) {
  int fd;
  if (!ReadInt(env, arguments[0], &fd)) return Number(env, UV_EINVAL);
  v6only::Description description;
  const int failed = v6only::Describe(fd, &description);
  if (failed != 0) return Number(env, failed);
  napi_value object = nullptr;
  const bool ok = napi_create_object(env, &object) == napi_ok && SetNumber(env, object, "family", description.family) &&
                  SetNumber(env, object, "type", description.type) &&
                  SetNumber(env, object, "listening", description.listening ? 1 : 0) &&
                  SetAddress(env, object, "local", description.local) &&
                  SetAddress(env, object, "peer", description.peer);
  return ok ? object : Number(env, UV_ENOMEM);
}

napi_value HasAddress(napi_env env, const napi_value* arguments) {
  v6only::Family family;
  return Number(env, ReadFamily(env, arguments[0], &family) ? v6only::HasAddress(family) : UV_EINVAL);
}

// A descriptor that JavaScript doesn't learn about would stay open.
napi_value Open(napi_env env, const napi_value* arguments) {
  v6only::Family family;
  uint32_t type;
  const bool ok = ReadFamily(env, arguments[0], &family) && ReadUint(env, arguments[1], v6only::kDatagram, &type) &&
                  type != v6only::kOtherType;
  const int fd = ok ? v6only::Open(family, static_cast<v6only::SocketType>(type)) : UV_EINVAL;
  const napi_value number = Number(env, fd);
  if (number == nullptr && fd >= 0) v6only::Close(fd);
  return number;
}

napi_value Bind(napi_env env, const napi_value* arguments) {
  int fd;
  uint32_t port;
  char address[sizeof(v6only::Address::text)];
  const bool ok = ReadInt(env, arguments[0], &fd) && ReadText(env, arguments[1], address, sizeof address) &&
                  ReadUint(env, arguments[2], UINT16_MAX, &port);
  return Number(env, ok ? v6only::Bind(fd, address, static_cast<int>(port)) : UV_EINVAL);
}

napi_value SetReuse(napi_env env, const napi_value* arguments) {
  int fd;
  uint32_t reuse;
  const bool ok = ReadInt(env, arguments[0], &fd) && ReadUint(env, arguments[1], v6only::kReusePort, &reuse);
  return Number(env, ok ? v6only::SetReuse(fd, static_cast<v6only::Reuse>(reuse)) : UV_EINVAL);
}

napi_value Close(napi_env env, const napi_value* arguments) {
  int fd;
  return Number(env, ReadInt(env, arguments[0], &fd) ? v6only::Close(fd) : UV_EINVAL);
}

// The value as `{ value }`, because a sysctl may be negative (FreeBSD takes any int).
napi_value ReadSysctl(napi_env env, const napi_value* arguments) {
  char name[64];
  if (!ReadText(env, arguments[0], name, sizeof name)) return Number(env, UV_EINVAL);
  int value = 0;
  const int failed = v6only::ReadSysctl(name, &value);
  if (failed != 0) return Number(env, failed);
  napi_value object = nullptr;
  const bool ok = napi_create_object(env, &object) == napi_ok && SetNumber(env, object, "value", value);
  return ok ? object : Number(env, UV_ENOMEM);
}

// Missing arguments are undefined, which no function accepts.
using Function = napi_value (*)(napi_env env, const napi_value* arguments);

constexpr size_t kMostArguments = 3;

napi_value Call(napi_env env, napi_callback_info info) {
  napi_value arguments[kMostArguments];
  size_t count = kMostArguments;
  void* function = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &function) != napi_ok) return nullptr;
  return reinterpret_cast<Function>(function)(env, arguments);
}

bool Export(napi_env env, napi_value exports, const char* name, napi_callback callback, void* data) {
  napi_value value = nullptr;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

bool Export(napi_env env, napi_value exports, const char* name, Function function) {
  return Export(env, exports, name, Call, reinterpret_cast<void*>(function));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  bool ok = Export(env, exports, "getV6Only", GetV6Only, nullptr) && Export(env, exports, "setV6Only", SetV6Only) &&
            Export(env, exports, "describe", Describe) && Export(env, exports, "open", Open) &&
            Export(env, exports, "bind", Bind) && Export(env, exports, "setReuse", SetReuse) &&
            Export(env, exports, "close", Close) && Export(env, exports, "hasAddress", HasAddress) &&
            Export(env, exports, "readSysctl", ReadSysctl) &&
            Export(env, exports, "findDescriptor", v6only::FindDescriptor) &&
            Export(env, exports, "listListeners", v6only::ListListeners) &&
            Export(env, exports, "listSockets", v6only::ListSocketsAsync) &&
            Export(env, exports, "listProcesses", v6only::ListProcessesAsync);
  for (const v6only::Extra* extra = v6only::kExtras; extra->name != nullptr && ok; extra++) {
    ok = Export(env, exports, extra->name, extra->function);
  }
  // An incomplete addon must not load. This also fails if an exception is already pending, which is fine too.
  if (!ok) (void)(napi_throw_error(env, nullptr, "v6only: its functions cannot be exported") == napi_ok);
  return exports;
}

}  // namespace

NODE_API_MODULE(v6only, Init)
