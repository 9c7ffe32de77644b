#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

namespace v6only {

namespace {

constexpr size_t kFirstCapacity = 8192;

// malloc and memcpy, which are imported anyway, instead of realloc.
int Grow(Rows* rows) {
  if (rows->capacity > SIZE_MAX / 2) return UV_ENOMEM;
  const size_t capacity = rows->capacity == 0 ? kFirstCapacity : rows->capacity * 2;
  uint8_t* data = static_cast<uint8_t*>(malloc(capacity));
  if (data == nullptr) return UV_ENOMEM;
  if (rows->size > 0) memcpy(data, rows->data, rows->size);
  free(rows->data);
  rows->data = data;
  rows->capacity = capacity;
  return 0;
}

}  // namespace

void Free(Rows* rows) {
  free(rows->data);
  *rows = Rows();
}

int AppendBytes(Rows* rows, const void* bytes, size_t size) {
  if (rows->capacity - rows->size < size) {
    const int failed = Grow(rows);
    if (failed != 0) return failed;
  }
  memcpy(rows->data + rows->size, bytes, size);
  rows->size += size;
  return 0;
}

}  // namespace v6only
