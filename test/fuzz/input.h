// The bytes of libFuzzer as a stream of decisions. At the end all of them are 0, which decides for success.
#ifndef V6ONLY_TEST_FUZZ_INPUT_H_
#define V6ONLY_TEST_FUZZ_INPUT_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Input {
  const uint8_t* data = nullptr;
  size_t size = 0;

  bool Ended() const { return size == 0; }

  uint8_t Byte() {
    if (size == 0) return 0;
    size--;
    return *data++;
  }

  // One time in sixteen, roughly.
  bool Rarely() { return Byte() >= 0xf0; }

  // Up to `most` bytes; returns how many there were.
  size_t Take(void* out, size_t most) {
    const size_t count = most < size ? most : size;
    if (count > 0) memcpy(out, data, count);
    data += count;
    size -= count;
    return count;
  }

  template <typename Number>
  Number Take() {
    Number number = Number();
    Take(&number, sizeof number);
    return number;
  }
};

inline void Require(bool condition, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (condition) return;
  fprintf(stderr, "%s:%d: not as required\n", file, line);
  abort();
}

#endif  // V6ONLY_TEST_FUZZ_INPUT_H_
