// What native/ uses of Microsoft's tlhelp32.h.
#ifndef V6ONLY_TEST_FUZZ_WINDOWS_TLHELP32_H_
#define V6ONLY_TEST_FUZZ_WINDOWS_TLHELP32_H_

#include "windows.h"

enum : DWORD { TH32CS_SNAPPROCESS = 0x2 };

struct PROCESSENTRY32W {
  DWORD dwSize;
  DWORD th32ProcessID;
  wchar_t szExeFile[MAX_PATH];
};

HANDLE CreateToolhelp32Snapshot(DWORD flags, DWORD process);
BOOL Process32FirstW(HANDLE snapshot, PROCESSENTRY32W* process);
BOOL Process32NextW(HANDLE snapshot, PROCESSENTRY32W* process);

#endif  // V6ONLY_TEST_FUZZ_WINDOWS_TLHELP32_H_
