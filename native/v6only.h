// IPV6_V6ONLY of a descriptor. The number of the option is the system header's: 26 on Linux, 27 on
// FreeBSD and macOS, where 26 is IPV6_CHECKSUM.
#ifndef V6ONLY_NATIVE_V6ONLY_H_
#define V6ONLY_NATIVE_V6ONLY_H_

namespace v6only {

// 0 or 1, or a negative errno. Always an error on an AF_INET socket; which one depends on the system.
int GetV6Only(int fd);

// 0 or a negative errno.
int SetV6Only(int fd, bool value);

// One per system: 0 if a 0 from the kernel can be trusted, else a negative errno. A 1 needs no check.
int CheckZero(int fd);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_V6ONLY_H_
