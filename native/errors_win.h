#ifndef V6ONLY_NATIVE_ERRORS_WIN_H_
#define V6ONLY_NATIVE_ERRORS_WIN_H_

namespace v6only {

// libuv's number, which is negative, for an error of Windows.
int ErrorOf(int error);

// The same for the last one of this thread.
int LastError();

}  // namespace v6only

#endif  // V6ONLY_NATIVE_ERRORS_WIN_H_
