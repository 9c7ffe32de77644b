#include "extras.h"

namespace v6only {

const Extra kExtras[] = {
    {"listOwnSockets", ListOwnSockets},
    {"listenHere", ListenHere},
    {"takePeer", TakePeer},
    {nullptr, nullptr},
};

}  // namespace v6only
