// The glue between JavaScript and the functions of sockets.h. Rows cross as the bytes of one ArrayBuffer; a number in
// its place is a negative errno. The lists of all sockets and processes are made on the thread pool of libuv.
#include "addon_sockets.h"

#include <errno.h>
#include <string.h>

#include "rows.h"
#include "sockets.h"

namespace v6only {

namespace {

constexpr uint32_t kListen = 1 << 10;  // TCP_LISTEN (include/net/tcp_states.h)

// As in addon.cc: napi_get_value_uint32 would wrap 2**32 + 80 to 80.
bool ReadNumber(napi_env env, napi_value argument, uint32_t most, uint32_t* out) {
  double value = 0;
  if (napi_get_value_double(env, argument, &value) != napi_ok) return false;
  if (!(value >= 0 && value <= most)) return false;
  *out = static_cast<uint32_t>(value);
  return *out == value;
}

// A null pointer when not even a number can be made: the environment is going away.
napi_value Number(napi_env env, int number) {
  napi_value value = nullptr;
  return napi_create_int32(env, number, &value) == napi_ok ? value : nullptr;
}

// A copy of their own memory, because runtimes with a sandboxed heap refuse memory of ours.
template <typename Row>
napi_value Bytes(napi_env env, const Rows<Row>& rows) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  const size_t size = rows.count * sizeof(Row);
  if (napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok) return Number(env, -ENOMEM);
  if (size > 0) memcpy(data, rows.data, size);
  return buffer;
}

// Work for the thread pool that ends in rows; Query is what List takes.
template <typename Row, typename Query, int (*List)(Query, Rows<Row>*)>
class Work {
 public:
  // A promise of the rows' bytes or a negative errno. The object deletes itself when the work is done.
  static napi_value Start(napi_env env, Query query) {
    Work* work = new Work(query);
    napi_value promise = nullptr;
    if (napi_create_promise(env, &work->deferred_, &promise) != napi_ok) {
      delete work;
      return Number(env, -ENOMEM);
    }
    napi_value name = nullptr;
    const bool made = napi_create_string_utf8(env, "v6only", NAPI_AUTO_LENGTH, &name) == napi_ok &&
                      napi_create_async_work(env, nullptr, name, Execute, Complete, work, &work->work_) == napi_ok;
    if (!made || napi_queue_async_work(env, work->work_) != napi_ok) {
      work->result_ = -ENOMEM;
      work->Settle(env);
    }
    return promise;
  }

 private:
  explicit Work(Query query) : query_(query) {}
  ~Work() { Free(&rows_); }

  static void Execute(napi_env, void* data) {
    Work* work = static_cast<Work*>(data);
    work->result_ = List(work->query_, &work->rows_);
  }

  // Also called when the environment goes away (a worker thread that is terminated); then no value can be made any
  // more, and nobody is left to wait for the promise.
  static void Complete(napi_env env, napi_status status, void* data) {
    Work* work = static_cast<Work*>(data);
    if (status != napi_ok) work->result_ = -ECANCELED;
    work->Settle(env);
  }

  void Settle(napi_env env) {
    napi_value value = result_ == 0 ? Bytes(env, rows_) : Number(env, result_);
    if (value != nullptr) (void)(napi_resolve_deferred(env, deferred_, value) == napi_ok);
    if (work_ != nullptr) (void)(napi_delete_async_work(env, work_) == napi_ok);
    delete this;
  }

  Query query_;
  Rows<Row> rows_;
  int result_ = 0;
  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

// Missing arguments are undefined, and so no numbers.
template <size_t size>
bool ReadArguments(napi_env env, napi_callback_info info, napi_value (&arguments)[size]) {
  size_t count = size;
  return napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok;
}

napi_value ListListenersSync(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint32_t port;
  const bool ok = ReadArguments(env, info, arguments) && ReadNumber(env, arguments[0], UINT16_MAX, &port);
  if (!ok || port == 0) return Number(env, -EINVAL);
  Rows<SocketRow> rows;
  const int failed = ListSockets({kListen, static_cast<uint16_t>(port), 0, false}, &rows);
  napi_value value = failed == 0 ? Bytes(env, rows) : Number(env, failed);
  Free(&rows);
  return value;
}

napi_value ListSocketsAsync(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  uint32_t states;
  uint32_t port;
  uint32_t family;
  const bool ok = ReadArguments(env, info, arguments) && ReadNumber(env, arguments[0], UINT32_MAX, &states) &&
                  ReadNumber(env, arguments[1], UINT16_MAX, &port) && ReadNumber(env, arguments[2], 6, &family);
  if (!ok) return Number(env, -EINVAL);
  const SocketQuery query = {states, static_cast<uint16_t>(port), static_cast<uint8_t>(family), true};
  return Work<SocketRow, SocketQuery, ListSockets>::Start(env, query);
}

napi_value ListProcessesAsync(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint32_t pid;
  const bool ok = ReadArguments(env, info, arguments) && ReadNumber(env, arguments[0], INT32_MAX, &pid);
  if (!ok) return Number(env, -EINVAL);
  return Work<ProcessRow, uint32_t, ListProcesses>::Start(env, pid);
}

bool Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

}  // namespace

bool InitSockets(napi_env env, napi_value exports) {
  return Export(env, exports, "listListeners", ListListenersSync) &&
         Export(env, exports, "listSockets", ListSocketsAsync) &&
         Export(env, exports, "listProcesses", ListProcessesAsync);
}

}  // namespace v6only
