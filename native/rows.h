// Operations on Rows (sockets.h). Not a std::vector, because the addon uses no C++ library (operators.cc).
#ifndef V6ONLY_NATIVE_ROWS_H_
#define V6ONLY_NATIVE_ROWS_H_

#include "sockets.h"

namespace v6only {

void Free(Rows* rows);

int AppendBytes(Rows* rows, const void* bytes, size_t size);

template <typename Row>
int Append(Rows* rows, const Row& row) {
  return AppendBytes(rows, &row, sizeof row);
}

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ROWS_H_
