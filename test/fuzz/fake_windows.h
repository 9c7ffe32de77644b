// What the files of the fake Windows share.
#ifndef V6ONLY_TEST_FUZZ_FAKE_WINDOWS_H_
#define V6ONLY_TEST_FUZZ_FAKE_WINDOWS_H_

#include <windows.h>

#include "fake_system.h"

extern int last_error;

// True, with the last error set, where this call is to fail.
bool Fails();

inline Input& input() { return *fake_system.input; }

inline int Number(HANDLE handle) { return static_cast<int>(reinterpret_cast<intptr_t>(handle)); }

#endif  // V6ONLY_TEST_FUZZ_FAKE_WINDOWS_H_
