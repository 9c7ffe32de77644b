// FreeBSD and macOS.
#include "v6only.h"

namespace v6only {

int CheckZero(int) { return 0; }

}  // namespace v6only
