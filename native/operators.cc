// Our own operators new and delete, so that the addon needs no C++ library: Node, Bun and Deno each have
// their own, and not all of them share it with addons. Not exported (binding.gyp). Our code doesn't call them:
// compilers keep a delete for the destructors in napi.h (g++ -O2 leaves _ZdlPvm undefined without this file).
#include <stdlib.h>

#include <new>

// Without exceptions there is no way to report it.
void* operator new(size_t size) {
  void* memory = malloc(size != 0 ? size : 1);
  if (memory == nullptr) abort();
  return memory;
}

void* operator new[](size_t size) { return operator new(size); }

void operator delete(void* memory) noexcept { free(memory); }

void operator delete[](void* memory) noexcept { free(memory); }

void operator delete(void* memory, size_t) noexcept { free(memory); }

void operator delete[](void* memory, size_t) noexcept { free(memory); }
