#include "fake_node.h"

#include <utility>

extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports);

namespace {

FakeNode* Node(napi_env env) { return reinterpret_cast<FakeNode*>(env); }
Value* Of(napi_value value) { return reinterpret_cast<Value*>(value); }
napi_value Handle(Value* value) { return reinterpret_cast<napi_value>(value); }

LoopHandle* Of(uv_handle_t* handle) { return reinterpret_cast<LoopHandle*>(handle); }
const LoopHandle* Of(const uv_handle_t* handle) { return reinterpret_cast<const LoopHandle*>(handle); }

napi_valuetype TypeOf(Kind kind) {
  switch (kind) {
    case Kind::kUndefined:
      return napi_undefined;
    case Kind::kNull:
      return napi_null;
    case Kind::kBoolean:
      return napi_boolean;
    case Kind::kNumber:
      return napi_number;
    case Kind::kString:
      return napi_string;
    case Kind::kFunction:
      return napi_function;
    default:
      return napi_object;
  }
}

napi_status Return(napi_env env, Kind kind, napi_value* result) {
  if (Node(env)->Fails()) return napi_generic_failure;
  *result = Handle(Node(env)->Make(kind));
  return napi_ok;
}

}  // namespace

// Unreferenced, so that a good call finds one that is to be left so.
FakeNode::FakeNode(Input* input) : input_(input) {
  handles = {{UV_TCP, false, 3}, {UV_UDP, true, 4}, {UV_TIMER, true, -1}};
}

void FakeNode::RunScript() {
  handles[input_->Byte() % handles.size()].referenced = true;
  for (int count = input_->Byte() % 4; count > 0; count--) {
    LoopHandle& handle = handles[input_->Byte() % handles.size()];
    const uint8_t choice = input_->Byte() % 8;
    if (choice == 0) handles.push_back({UV_NAMED_PIPE, true, 5});
    if (choice == 1) handle.closed = true;
    if (choice == 2) handle.fd = -1;
    if (choice > 2) handle.referenced = choice % 2 == 0;
  }
}

Value* FakeNode::Make(Kind kind) {
  values_.emplace_back();
  values_.back().kind = kind;
  return &values_.back();
}

// Node's own functions fail as well while an exception is pending, or when the environment goes away.
bool FakeNode::Fails() {
  calls_++;
  const bool chosen = fail_after_ >= 0 ? fail_after_-- == 0 : input_->Rarely();
  if (chosen) failures_++;
  return chosen;
}

Value* FakeNode::Load() {
  Value* exports = Make(Kind::kObject);
  return Of(napi_register_module_v1(reinterpret_cast<napi_env>(this), Handle(exports)));
}

Value* FakeNode::Call(const Value& function, std::vector<Value*> given) {
  arguments = &given;
  data = function.data;
  return Of(function.callback(reinterpret_cast<napi_env>(this), nullptr));
}

void FakeNode::RunQueue() {
  for (AsyncWork& work : works) {
    if (!std::exchange(work.queued, false)) continue;
    const bool cancelled = input_->Rarely();
    const napi_env env = reinterpret_cast<napi_env>(this);
    if (!cancelled) work.execute(env, work.data);
    work.complete(env, cancelled ? napi_cancelled : napi_ok, work.data);
  }
}

extern "C" {

void napi_module_register(napi_module*) {}

// Those that are missing are undefined.
napi_status napi_get_cb_info(napi_env env, napi_callback_info, size_t* count, napi_value* values, napi_value*,
                             void** data) {
  if (Node(env)->Fails()) return napi_generic_failure;
  const std::vector<Value*>& given = *Node(env)->arguments;
  for (size_t i = 0; i < *count; i++) {
    values[i] = Handle(i < given.size() ? given[i] : Node(env)->Make(Kind::kUndefined));
  }
  *count = given.size();
  if (data != nullptr) *data = Node(env)->data;
  return napi_ok;
}

napi_status napi_get_value_double(napi_env env, napi_value value, double* result) {
  if (Node(env)->Fails()) return napi_generic_failure;
  if (Of(value)->kind != Kind::kNumber) return napi_number_expected;
  *result = Of(value)->number;
  return napi_ok;
}

napi_status napi_get_value_bool(napi_env env, napi_value value, bool* result) {
  if (Node(env)->Fails()) return napi_generic_failure;
  if (Of(value)->kind != Kind::kBoolean) return napi_boolean_expected;
  *result = Of(value)->boolean;
  return napi_ok;
}

// Writes what fits, and a 0.
napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char* text, size_t size, size_t* length) {
  if (Node(env)->Fails()) return napi_generic_failure;
  if (Of(value)->kind != Kind::kString) return napi_string_expected;
  *length = Of(value)->text.copy(text, size - 1);
  text[*length] = '\0';
  return napi_ok;
}

napi_status napi_create_int32(napi_env env, int32_t number, napi_value* result) {
  const napi_status status = Return(env, Kind::kNumber, result);
  if (status == napi_ok) Of(*result)->number = number;
  return status;
}

napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length, napi_value* result) {
  const napi_status status = Return(env, Kind::kString, result);
  if (status == napi_ok) Of(*result)->text = length == NAPI_AUTO_LENGTH ? text : std::string(text, length);
  return status;
}

napi_status napi_create_object(napi_env env, napi_value* result) { return Return(env, Kind::kObject, result); }

napi_status napi_get_null(napi_env env, napi_value* result) { return Return(env, Kind::kNull, result); }

napi_status napi_create_arraybuffer(napi_env env, size_t size, void** data, napi_value* result) {
  const napi_status status = Return(env, Kind::kBuffer, result);
  if (status != napi_ok) return status;
  Of(*result)->bytes.resize(size);
  *data = Of(*result)->bytes.data();
  return napi_ok;
}

napi_status napi_create_function(napi_env env, const char*, size_t, napi_callback callback, void* data,
                                 napi_value* result) {
  const napi_status status = Return(env, Kind::kFunction, result);
  if (status != napi_ok) return status;
  Of(*result)->callback = callback;
  Of(*result)->data = data;
  return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object, const char* name, napi_value value) {
  if (Node(env)->Fails()) return napi_generic_failure;
  Of(object)->properties[name] = Of(value);
  return napi_ok;
}

napi_status napi_throw_error(napi_env env, const char*, const char*) {
  if (Node(env)->Fails()) return napi_generic_failure;
  Node(env)->Throw();
  return napi_ok;
}

napi_status napi_create_promise(napi_env env, napi_deferred* deferred, napi_value* promise) {
  const napi_status status = Return(env, Kind::kPromise, promise);
  if (status == napi_ok) *deferred = reinterpret_cast<napi_deferred>(*promise);
  return status;
}

napi_status napi_resolve_deferred(napi_env env, napi_deferred deferred, napi_value value) {
  Value* promise = reinterpret_cast<Value*>(deferred);
  Require(promise->settled == nullptr && value != nullptr);
  if (Node(env)->Fails()) return napi_generic_failure;
  promise->settled = Of(value);
  return napi_ok;
}

napi_status napi_create_async_work(napi_env env, napi_value, napi_value name, napi_async_execute_callback execute,
                                   napi_async_complete_callback complete, void* data, napi_async_work* result) {
  Require(Of(name)->kind == Kind::kString);
  if (Node(env)->Fails()) return napi_generic_failure;
  Node(env)->works.push_back({execute, complete, data});
  *result = reinterpret_cast<napi_async_work>(&Node(env)->works.back());
  return napi_ok;
}

napi_status napi_queue_async_work(napi_env env, napi_async_work work) {
  AsyncWork* made = reinterpret_cast<AsyncWork*>(work);
  Require(!made->queued && !made->deleted);
  if (Node(env)->Fails()) return napi_generic_failure;
  made->queued = true;
  return napi_ok;
}

// Counts as deleted where it fails: the addon has no second way to get rid of it.
napi_status napi_delete_async_work(napi_env env, napi_async_work work) {
  AsyncWork* made = reinterpret_cast<AsyncWork*>(work);
  Require(!made->queued && !made->deleted);
  made->deleted = true;
  return Node(env)->Fails() ? napi_generic_failure : napi_ok;
}

napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* result) {
  if (Node(env)->Fails()) return napi_generic_failure;
  *result = TypeOf(Of(value)->kind);
  return napi_ok;
}

napi_status napi_get_global(napi_env env, napi_value* result) { return Return(env, Kind::kObject, result); }

napi_status napi_has_named_property(napi_env env, napi_value object, const char* name, bool* result) {
  if (Node(env)->Fails()) return napi_generic_failure;
  *result = Of(object)->properties.count(name) != 0;
  return napi_ok;
}

// It may throw before, after and in the middle of what it does.
napi_status napi_call_function(napi_env env, napi_value target, napi_value function, size_t count, const napi_value*,
                               napi_value* result) {
  Require(TypeOf(Of(target)->kind) == napi_object && Of(function)->kind == Kind::kFunction && count == 0);
  Require(!Node(env)->pending);
  if (Node(env)->Fails()) {
    Node(env)->pending = true;
    return napi_pending_exception;
  }
  Node(env)->RunScript();
  const napi_status status = Return(env, Kind::kUndefined, result);
  if (status != napi_ok) Node(env)->pending = true;
  return status;
}

napi_status napi_get_and_clear_last_exception(napi_env env, napi_value* result) {
  Node(env)->pending = false;
  return Return(env, Kind::kObject, result);
}

napi_status napi_get_uv_event_loop(napi_env env, uv_loop_s** loop) {
  if (Node(env)->Fails()) return napi_generic_failure;
  *loop = reinterpret_cast<uv_loop_s*>(env);
  return napi_ok;
}

void uv_walk(uv_loop_t* loop, uv_walk_cb callback, void* data) {
  for (LoopHandle& handle : reinterpret_cast<FakeNode*>(loop)->handles) {
    if (!handle.closed) callback(reinterpret_cast<uv_handle_t*>(&handle), data);
  }
}

uv_handle_type uv_handle_get_type(const uv_handle_t* handle) { return Of(handle)->type; }

int uv_has_ref(const uv_handle_t* handle) { return Of(handle)->referenced; }

void uv_ref(uv_handle_t* handle) { Of(handle)->referenced = true; }

void uv_unref(uv_handle_t* handle) { Of(handle)->referenced = false; }

int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  Require(!Of(handle)->closed);
  // On Windows it is a pointer.
  *fd = (uv_os_fd_t)(intptr_t)Of(handle)->fd;
  return Of(handle)->fd >= 0 ? 0 : UV_EBADF;
}
}
