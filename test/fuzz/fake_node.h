// The functions of Node-API that the addon calls, for a fuzzer: any of them may fail, as the input says.
#ifndef V6ONLY_TEST_FUZZ_FAKE_NODE_H_
#define V6ONLY_TEST_FUZZ_FAKE_NODE_H_

#include <node_api.h>
#include <uv.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "input.h"

enum class Kind { kUndefined, kNull, kBoolean, kNumber, kString, kObject, kFunction, kPromise, kBuffer };

// What a napi_value points to.
struct Value {
  Kind kind = Kind::kUndefined;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::map<std::string, Value*> properties;
  napi_callback callback = nullptr;
  void* data = nullptr;
  std::vector<uint8_t> bytes;
  Value* settled = nullptr;  // what a promise was resolved with
};

struct AsyncWork {
  napi_async_execute_callback execute;
  napi_async_complete_callback complete;
  void* data;
  bool queued = false;
  bool deleted = false;
};

// What a uv_handle_t of this environment's loop points to.
struct LoopHandle {
  uv_handle_type type;
  bool referenced;
  int fd;
  bool closed = false;  // no longer in the loop's list
};

// One environment: what a napi_env points to.
class FakeNode {
 public:
  explicit FakeNode(Input* input);

  // The call after `calls` more fails, whatever the input says.
  void FailAfter(int calls) { fail_after_ = calls; }

  int calls() const { return calls_; }
  int failures() const { return failures_; }
  bool throws() const { return throws_; }

  Value* Make(Kind kind);
  Value* Load();  // the exports, as napi_register_module_v1 leaves them
  // What the function returns for the arguments; a null pointer is undefined.
  Value* Call(const Value& function, std::vector<Value*> arguments);
  // Runs, or cancels, what is queued for the thread pool.
  void RunQueue();

  // For the functions of Node-API.
  bool Fails();
  // What JavaScript does when it is called: anything with the handles of the loop.
  void RunScript();
  std::deque<AsyncWork> works;
  std::deque<LoopHandle> handles;
  bool pending = false;  // an exception
  const std::vector<Value*>* arguments = nullptr;
  void* data = nullptr;
  void Throw() { throws_ = true; }

 private:
  Input* input_;
  std::deque<Value> values_;
  int fail_after_ = -1;
  int calls_ = 0;
  int failures_ = 0;
  bool throws_ = false;
};

#endif  // V6ONLY_TEST_FUZZ_FAKE_NODE_H_
