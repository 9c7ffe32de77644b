#ifndef V6ONLY_NATIVE_PROTOCOL_WIN_H_
#define V6ONLY_NATIVE_PROTOCOL_WIN_H_

#include <uv.h>

namespace v6only {

struct Protocol {
  int family;
  int type;
};

// Works for any socket in any state; getsockname fails before it has an address. 0 or a negative errno.
int ReadProtocol(SOCKET socket, Protocol* protocol);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_PROTOCOL_WIN_H_
