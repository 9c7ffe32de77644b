#ifndef V6ONLY_NATIVE_DECIMAL_H_
#define V6ONLY_NATIVE_DECIMAL_H_

#include <stdint.h>

namespace v6only {

// Writes up to ten digits, without a terminating 0, and returns their end. printf would be one more import.
char* WriteDecimal(uint32_t number, char* to);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_DECIMAL_H_
