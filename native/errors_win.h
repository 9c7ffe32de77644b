#ifndef V6ONLY_NATIVE_ERRORS_WIN_H_
#define V6ONLY_NATIVE_ERRORS_WIN_H_

namespace v6only {

// libuv's negative number for a Windows error.
int ErrorOf(int error);

// The same for this thread's last error.
int LastError();

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ERRORS_WIN_H_
