// Runs a fuzzer where there is no libFuzzer, on inputs that are random and the same each time: `npm run coverage`
// counts what of native/ is reached so.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* count, char*** arguments);

// Of every second input half of the bytes are 0 and a quarter is small: so are those of lengths, types and counts.
static uint8_t AnyByte(uint32_t drawn, bool mostly_small) {
  const uint8_t byte = static_cast<uint8_t>(drawn >> 8);
  if (!mostly_small || (drawn & 3) == 3) return byte;
  return (drawn & 1) != 0 ? byte % 32 : 0;
}

// How many inputs, and how long the longest is.
int main(int count, char** arguments) {
  if (count != 3) return 2;
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&count, &arguments);
  std::mt19937 random;
  const size_t longest = strtoul(arguments[2], nullptr, 10);
  for (long left = strtol(arguments[1], nullptr, 10); left > 0; left--) {
    // Short ones, which are quick, more often than long ones.
    const size_t most = longest >> (random() % 8);
    std::vector<uint8_t> input(random() % (most + 1));
    for (uint8_t& byte : input) byte = AnyByte(random(), left % 2 == 0);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  return 0;
}
