// The addon with any arguments, on a Node whose every function may fail (fake_node.h) and a system that answers
// anything (fake_linux.h, fake_windows.cc): it must not read or write out of bounds, leak memory or a descriptor, close
// what is not its own, or answer nothing where nothing failed. `npm run fuzz:native` builds and runs it.
#define V6ONLY_FUZZER
#include <stdio.h>

#include "fake_node.h"
#include "fake_system.h"

namespace {

constexpr int kMostCalls = 8;
constexpr const char* kCommonNames[] = {"getV6Only",     "setV6Only",     "describe",      "open",       "bind",
                                        "setReuse",      "close",         "hasAddress",    "readSysctl", "listSockets",
                                        "listProcesses", "listListeners", "findDescriptor"};

// All that it exports.
std::vector<const char*> Names() {
  std::vector<const char*> names(std::begin(kCommonNames), std::end(kCommonNames));
  names.insert(names.end(), kExtraNames.begin(), kExtraNames.end());
  return names;
}

constexpr double kNumbers[] = {
    0,     1,    2,       3,          4,          6,          80,         65535,         65536,
    -1,    -0.0, 1.5,     2147483647, 2147483648, 4294967296, 4294967299, -2147483648.0, -2147483649.0,
    1e300, NAN,  INFINITY};
constexpr const char* kTexts[] = {
    "::",  "::1", "127.0.0.1",          "fe80::1%lo", "fe80::1%", "%lo", "1:2:3:4:5:6:7:255.255.255.255",
    "...", "",    "net.ipv6.bindv6only"};

template <typename Item, size_t size>
const Item& Choose(Input* input, const Item (&items)[size]) {
  return items[input->Byte() % size];
}

Value* Text(FakeNode* node, Input* input) {
  Value* value = node->Make(Kind::kString);
  char bytes[300];
  const bool known = (input->Byte() & 1) == 0;
  value->text =
      known ? Choose(input, kTexts) : std::string(bytes, input->Take(bytes, input->Take<uint16_t>() % sizeof bytes));
  return value;
}

Value* Argument(FakeNode* node, Input* input) {
  const uint8_t choice = input->Byte();
  if (choice % 8 == 0) return Text(node, input);
  if (choice % 8 == 1) return node->Make(static_cast<Kind>(input->Byte() % 9));
  Value* value = node->Make(choice % 8 == 2 ? Kind::kBoolean : Kind::kNumber);
  value->boolean = (choice & 8) != 0;
  value->number = choice % 8 == 3 ? input->Take<double>() : Choose(input, kNumbers);
  return value;
}

// What each function takes at its best, for CheckEveryFailure.
std::vector<Value*> GoodArguments(FakeNode* node, const std::string& name) {
  auto number = [node](double value) {
    Value* made = node->Make(Kind::kNumber);
    made->number = value;
    return made;
  };
  Value* text = node->Make(Kind::kString);
  text->text = name == "bind" ? "::1" : "net.ipv6.bindv6only";
  Value* yes = node->Make(Kind::kBoolean);
  if (name == "bind") return {number(3), text, number(0)};
  if (name == "readSysctl") return {text};
  if (name == "setV6Only") return {number(3), yes};
  if (name == "findDescriptor")
    return {node->Make(Kind::kObject), node->Make(Kind::kFunction), node->Make(Kind::kFunction)};
  if (name == "setReuse") return {number(3), number(1)};
  if (name == "listListeners") return {number(2), number(80)};
  if (name == "open" || name == "listSockets") return {number(6), number(1), number(0)};
  return {number(name == "hasAddress" ? 6 : 3)};
}

bool IsAnswer(const Value* value) {
  if (value == nullptr) return false;
  if (value->kind == Kind::kPromise) return value->settled != nullptr && IsAnswer(value->settled);
  if (value->kind == Kind::kNumber) return value->number >= UV_EOF;
  return value->kind == Kind::kObject || value->kind == Kind::kBuffer;
}

// What the handles of the loop were before a call, they are after it, and a descriptor is one of theirs.
void CheckHandles(const FakeNode& node, const std::deque<LoopHandle>& before, const Value* found) {
  Require(!node.pending);
  bool known = found == nullptr || found->number < 0;
  for (size_t i = 0; i < before.size(); i++) {
    const LoopHandle& handle = node.handles[i];
    known = known || (handle.fd == found->number && !handle.closed);
    Require(handle.closed || handle.type == UV_TIMER || handle.referenced == before[i].referenced);
  }
  Require(known);
}

// One call, and everything that it must leave as it was.
void CallOnce(FakeNode* node, const std::string& name, const Value& function, const std::vector<Value*>& arguments) {
  fake_system.open.clear();
  const bool gives = name == "close" && !arguments.empty() && arguments[0]->kind == Kind::kNumber;
  fake_system.given = gives ? arguments[0]->number : NAN;
  const int failures = node->failures();
  const std::deque<LoopHandle> handles = node->handles;
  const Value* answer = node->Call(function, arguments);
  node->RunQueue();
  Require(node->failures() != failures || IsAnswer(answer));
  const bool opened = name == "open" && answer != nullptr && answer->number >= 0;
  if (opened) Require(fake_system.open.erase(static_cast<int>(answer->number)) == 1);
  Require(fake_system.open.empty());
  CheckHandles(*node, handles, name == "findDescriptor" ? answer : nullptr);
  for (const AsyncWork& work : node->works) Require(work.deleted);
}

// The exports, or a null pointer where loading failed, which it must tell.
Value* Load(FakeNode* node) {
  const int refused = fake_system.failures();
  if (!Attach()) {
    Require(fake_system.failures() != refused);
    return nullptr;
  }
  const size_t functions = Names().size();
  Value* exports = node->Load();
  if (node->failures() == 0) Require(exports->properties.size() == functions && !node->throws());
  // One failure more is that of telling.
  if (exports->properties.size() < functions) Require(node->throws() || node->failures() > 1);
  return exports->properties.size() == functions ? exports : nullptr;
}

// Loading, and each function with arguments in order: every call of Node-API fails once.
int CheckEveryFailure(const char* name) {
  Input nothing;
  fake_system.input = &nothing;
  for (int calls = 0;; calls++) {
    FakeNode node(&nothing);
    if (name == nullptr) node.FailAfter(calls);
    Value* exports = Load(&node);
    if (name != nullptr) {
      node.FailAfter(calls);
      CallOnce(&node, name, *exports->properties[name], GoodArguments(&node, name));
    }
    if (node.failures() == 0) return calls;
  }
}

// The same of every call of the system, which fails once with that one of its errors.
int CheckEverySystemCall(const char* name, size_t error) {
  Input nothing;
  fake_system.input = &nothing;
  for (int calls = 0;; calls++) {
    FakeNode node(&nothing);
    if (name == nullptr) fake_system.FailAfter(calls, error);
    Value* exports = Load(&node);
    if (name != nullptr) {
      fake_system.FailAfter(calls, error);
      CallOnce(&node, name, *exports->properties[name], GoodArguments(&node, name));
    }
    if (fake_system.failures() == 0) return calls;
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  std::vector<const char*> names = Names();
  names.push_back(nullptr);
  int calls = 0;
  int system_calls = 0;
  for (const char* name : names) {
    calls += CheckEveryFailure(name);
    for (size_t error = 0; error < kSystemErrors; error++) system_calls += CheckEverySystemCall(name, error);
  }
  fake_system = FakeSystem();
  fprintf(stderr, "each of %d calls of Node-API failed once, and %d times one of the system\n", calls, system_calls);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input = {data, size};
  Input nothing;
  fake_system.input = &input;
  FakeNode loader((input.Byte() & 7) == 0 ? &input : &nothing);
  Value* exports = Load(&loader);
  const std::vector<const char*> names = Names();
  for (int i = 0; i < kMostCalls && exports != nullptr && !input.Ended(); i++) {
    FakeNode node(&input);
    const char* name = names[input.Byte() % names.size()];
    std::vector<Value*> arguments;
    const bool good = input.Rarely();
    for (int count = input.Byte() % 5; count > 0 && !good; count--) arguments.push_back(Argument(&node, &input));
    CallOnce(&node, name, *exports->properties[name], good ? GoodArguments(&node, name) : arguments);
  }
  return 0;
}
