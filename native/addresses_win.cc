#include "addresses.h"

#include <stdlib.h>
#include <uv.h>
#include <iphlpapi.h>

#include "errors_win.h"

namespace v6only {

namespace {

constexpr ULONG kFlags =
    GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_FRIENDLY_NAME;
// The initial size that Microsoft recommends, and how many sizes to try.
constexpr ULONG kFirstSize = 16384;
constexpr int kMostTries = 4;

// Freed by the caller. A null pointer on error, such as no adapter with the family.
IP_ADAPTER_ADDRESSES* ListAdapters(ULONG family, ULONG* error) {
  ULONG size = kFirstSize;
  for (int i = 0; i < kMostTries; i++) {
    auto* adapters = static_cast<IP_ADAPTER_ADDRESSES*>(malloc(size));
    *error =
        adapters == nullptr ? ERROR_NOT_ENOUGH_MEMORY : GetAdaptersAddresses(family, kFlags, nullptr, adapters, &size);
    if (*error == NO_ERROR) return adapters;
    free(adapters);
    if (*error != ERROR_BUFFER_OVERFLOW) break;
  }
  return nullptr;
}

}  // namespace

int HasAddress(Family family) {
  ULONG error = NO_ERROR;
  IP_ADAPTER_ADDRESSES* adapters = ListAdapters(family == kIPv6 ? AF_INET6 : AF_INET, &error);
  if (error == ERROR_NO_DATA || error == ERROR_ADDRESS_NOT_ASSOCIATED) return 0;
  if (error == ERROR_BUFFER_OVERFLOW) return UV_EAGAIN;
  if (adapters == nullptr) return ErrorOf(static_cast<int>(error));
  int found = 0;
  for (const IP_ADAPTER_ADDRESSES* one = adapters; one != nullptr && found == 0; one = one->Next) {
    found = one->OperStatus == IfOperStatusUp && one->FirstUnicastAddress != nullptr;
  }
  free(adapters);
  return found;
}

}  // namespace v6only
