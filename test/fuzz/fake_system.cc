#include "fake_system.h"

FakeSystem fake_system;

namespace {

constexpr int kFirstDescriptor = 1000000;
constexpr int kLastDescriptor = 1001000;

}  // namespace

int FakeSystem::Opened() {
  int fd = kFirstDescriptor;
  while (open.count(fd) != 0) fd++;
  open.insert(fd);
  return fd;
}

void FakeSystem::Use(int fd) const { Require(fd < kFirstDescriptor || fd >= kLastDescriptor || open.count(fd) != 0); }

void FakeSystem::Close(int fd) {
  const bool own = open.erase(fd) != 0;
  Require(own || fd == given);
  given = NAN;
}
