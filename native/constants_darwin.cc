// What the tables in src/ say of macOS, checked against its own headers (netinet6/in6.h, sys/socket.h).
#include <netinet/in.h>
#include <sys/socket.h>

static_assert(IPV6_V6ONLY == 27, "26 is IPV6_CHECKSUM on macOS");
static_assert(AF_INET6 == 30, "AF_INET6 on macOS");
