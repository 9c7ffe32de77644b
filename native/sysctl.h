#ifndef V6ONLY_NATIVE_SYSCTL_H_
#define V6ONLY_NATIVE_SYSCTL_H_

namespace v6only {

// Reads an integer sysctl by its dotted name into `value`. 0, or a negative errno (ENOENT: no such name).
int ReadSysctl(const char* name, int* value);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_SYSCTL_H_
