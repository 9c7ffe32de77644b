// What the tables in src/ say of FreeBSD, checked against its own headers (sys/netinet6/in6.h, sys/sys/socket.h).
#include <netinet/in.h>
#include <sys/socket.h>

static_assert(IPV6_V6ONLY == 27, "26 is IPV6_CHECKSUM on FreeBSD");
static_assert(AF_INET6 == 28, "AF_INET6 on FreeBSD");
