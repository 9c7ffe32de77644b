// The process that loaded this file: node.exe, or another program that embeds Node (Electron).
#ifndef V6ONLY_NATIVE_HOST_WIN_H_
#define V6ONLY_NATIVE_HOST_WIN_H_

namespace v6only {

// A function that the host exports, or a null pointer.
void* FindInHost(const char* name);

}  // namespace v6only

#endif  // V6ONLY_NATIVE_HOST_WIN_H_
