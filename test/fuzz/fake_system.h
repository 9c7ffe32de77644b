// What the fuzzer sees of the system that answers the addon: fake_linux.cc or fake_windows.cc.
#ifndef V6ONLY_TEST_FUZZ_FAKE_SYSTEM_H_
#define V6ONLY_TEST_FUZZ_FAKE_SYSTEM_H_

#include <cmath>
#include <set>
#include <vector>

#include "input.h"

struct FakeSystem {
  Input* input = nullptr;
  std::set<int> open;  // descriptors and handles that the addon has opened and not closed
  double given = NAN;  // the one that JavaScript gave up with close()

  // The call after `calls` more fails with that one of the system's errors, whatever the input says.
  void FailAfter(int calls, size_t error) {
    fail_after_ = calls;
    error_ = error;
    failures_ = 0;
  }
  int failures() const { return failures_; }

  // True where this call is to fail with errors[*error].
  template <typename Error, size_t size>
  bool Fails(const Error (&errors)[size], Error* error) {
    const bool chosen = fail_after_ >= 0 && fail_after_-- == 0;
    if (!chosen && !input->Rarely()) return false;
    failures_++;
    *error = errors[(chosen ? error_ : input->Byte()) % size];
    return true;
  }

  int Opened();
  // Its own must be open; others are JavaScript's, and may be anything.
  void Use(int fd) const;
  void UseOwn(int fd) const { Require(open.count(fd) != 0); }
  // Of its own, or the one that was given.
  void Close(int fd);

 private:
  int fail_after_ = -1;
  size_t error_ = 0;
  int failures_ = 0;
};
extern FakeSystem fake_system;

// How many errors the system knows.
extern const size_t kSystemErrors;

// What the addon exports beside what it does on all systems (native/extras.h).
extern const std::vector<const char*> kExtraNames;

// What the system does before Node calls the addon; false where the file does not load.
bool Attach();

#endif  // V6ONLY_TEST_FUZZ_FAKE_SYSTEM_H_
