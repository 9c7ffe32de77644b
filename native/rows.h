// What Rows of sockets.h does: no std::vector, because the addon needs no C++ library (operators.cc).
#ifndef V6ONLY_NATIVE_ROWS_H_
#define V6ONLY_NATIVE_ROWS_H_

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sockets.h"

namespace v6only {

template <typename Row>
void Free(Rows<Row>* rows) {
  free(rows->data);
  *rows = Rows<Row>();
}

// malloc and memcpy, which are imported anyway, in place of realloc.
template <typename Row>
int Grow(Rows<Row>* rows) {
  const size_t capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
  if (capacity > SIZE_MAX / sizeof(Row)) return -ENOMEM;
  Row* data = static_cast<Row*>(malloc(capacity * sizeof(Row)));
  if (data == nullptr) return -ENOMEM;
  if (rows->count > 0) memcpy(data, rows->data, rows->count * sizeof(Row));
  free(rows->data);
  rows->data = data;
  rows->capacity = capacity;
  return 0;
}

template <typename Row>
int Append(Rows<Row>* rows, const Row& row) {
  if (rows->count == rows->capacity) {
    const int failed = Grow(rows);
    if (failed != 0) return failed;
  }
  rows->data[rows->count++] = row;
  return 0;
}

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ROWS_H_
