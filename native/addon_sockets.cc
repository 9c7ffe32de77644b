// The glue between JavaScript and the functions of sockets.h. Rows cross as the bytes of one ArrayBuffer; a number in
// its place is a negative errno. The lists of all sockets and processes are built on libuv's thread pool.
#include "addon_sockets.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "rows.h"
#include "socket.h"
#include "sockets.h"
#include "values.h"

namespace v6only {

namespace {

constexpr uint32_t kListen = 1 << 10;  // TCP_LISTEN (include/net/tcp_states.h)
// Of UDP: a connected socket holds its port as well.
constexpr uint32_t kEveryState = UINT32_MAX;

union Query {
  SocketQuery sockets;
  uint32_t pid;
};

using List = int (*)(const Query& query, Rows* rows);

// Work for the thread pool that produces rows.
class Work {
 public:
  // Without memory, those of operators.cc end the process.
  static void* operator new(size_t size) noexcept { return malloc(size); }
  static void operator delete(void* memory) { free(memory); }

  // A promise of the rows' bytes or a negative errno. The object deletes itself when the work is done.
  static napi_value Start(napi_env env, List list, const Query& query) {
    Work* work = new Work(list, query);
    if (work == nullptr) return Number(env, UV_ENOMEM);
    napi_value promise = nullptr;
    if (napi_create_promise(env, &work->deferred_, &promise) != napi_ok) {
      delete work;
      return Number(env, UV_ENOMEM);
    }
    napi_value name = nullptr;
    const bool made = napi_create_string_utf8(env, "v6only", NAPI_AUTO_LENGTH, &name) == napi_ok &&
                      napi_create_async_work(env, nullptr, name, Execute, Complete, work, &work->work_) == napi_ok;
    if (!made || napi_queue_async_work(env, work->work_) != napi_ok) {
      work->result_ = UV_ENOMEM;
      work->Settle(env);
    }
    return promise;
  }

 private:
  Work(List list, const Query& query) : list_(list), query_(query) {}
  ~Work() { Free(&rows_); }

  static void Execute(napi_env, void* data) {
    Work* work = static_cast<Work*>(data);
    work->result_ = work->list_(work->query_, &work->rows_);
  }

  // Also called when the environment goes away (a terminated worker thread); then no value can be created any
  // more, and nothing is waiting for the promise.
  static void Complete(napi_env env, napi_status status, void* data) {
    Work* work = static_cast<Work*>(data);
    if (status != napi_ok) work->result_ = UV_ECANCELED;
    work->Settle(env);
  }

  void Settle(napi_env env) {
    napi_value value = result_ == 0 ? Bytes(env, rows_) : Number(env, result_);
    if (value != nullptr) (void)(napi_resolve_deferred(env, deferred_, value) == napi_ok);
    if (work_ != nullptr) (void)(napi_delete_async_work(env, work_) == napi_ok);
    delete this;
  }

  List list_;
  Query query_;
  Rows rows_;
  int result_ = 0;
  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

int ListAnySockets(const Query& query, Rows* rows) { return ListSockets(query.sockets, rows); }

int ListProcessesOf(const Query& query, Rows* rows) { return ListProcesses(query.pid, rows); }

}  // namespace

// A copy in the runtime's memory, because runtimes with a sandboxed heap refuse ours.
napi_value Bytes(napi_env env, const Rows& rows) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, rows.size, &data, &buffer) != napi_ok) return Number(env, UV_ENOMEM);
  if (rows.size > 0) memcpy(data, rows.data, rows.size);
  return buffer;
}

napi_value ListListeners(napi_env env, const napi_value* arguments) {
  uint32_t type;
  uint32_t port;
  const bool ok = ReadUint(env, arguments[0], kDatagram, &type) && type != kOtherType &&
                  ReadUint(env, arguments[1], UINT16_MAX, &port) && port != 0;
  if (!ok) return Number(env, UV_EINVAL);
  Rows rows;
  const SocketQuery query = type == kStream ? SocketQuery{kListen, static_cast<uint16_t>(port), 0, kProtocolTcp}
                                            : SocketQuery{kEveryState, static_cast<uint16_t>(port), 0, kProtocolUdp};
  const int failed = ListSockets(query, &rows);
  napi_value value = failed == 0 ? Bytes(env, rows) : Number(env, failed);
  Free(&rows);
  return value;
}

napi_value ListSocketsAsync(napi_env env, const napi_value* arguments) {
  uint32_t states;
  uint32_t port;
  uint32_t family;
  const bool ok = ReadUint(env, arguments[0], UINT32_MAX, &states) && ReadUint(env, arguments[1], UINT16_MAX, &port) &&
                  ReadUint(env, arguments[2], 6, &family) && (family == 0 || family == 4 || family == 6);
  if (!ok) return Number(env, UV_EINVAL);
  Query query;
  query.sockets = {states, static_cast<uint16_t>(port), static_cast<uint8_t>(family), 0};
  return Work::Start(env, ListAnySockets, query);
}

napi_value ListProcessesAsync(napi_env env, const napi_value* arguments) {
  Query query;
  if (!ReadUint(env, arguments[0], INT32_MAX, &query.pid)) return Number(env, UV_EINVAL);
  return Work::Start(env, ListProcessesOf, query);
}

}  // namespace v6only
