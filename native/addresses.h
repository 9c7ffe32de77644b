#ifndef V6ONLY_NATIVE_ADDRESSES_H_
#define V6ONLY_NATIVE_ADDRESSES_H_

#include "socket.h"

namespace v6only {

// 1 if some interface that is up, including loopback, has an address of the family, else 0; or a negative errno.
int HasAddress(Family family);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ADDRESSES_H_
