#include "decimal.h"

namespace v6only {

char* WriteDecimal(uint32_t number, char* to) {
  char digits[10];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}

}  // namespace v6only
