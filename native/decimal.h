#ifndef V6ONLY_NATIVE_DECIMAL_H_
#define V6ONLY_NATIVE_DECIMAL_H_

#include <stdint.h>

namespace v6only {

// Writes up to ten digits and no 0 behind them; returns their end. Printf would be the C library's for this alone.
char* WriteDecimal(uint32_t number, char* to);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_DECIMAL_H_
