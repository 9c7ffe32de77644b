// Process names by ID, which is what IP Helper reports for a socket.
#include "sockets.h"

#include <string.h>
#include <uv.h>
#include <tlhelp32.h>

#include "errors_win.h"
#include "rows.h"

namespace v6only {

namespace {

// As much of the name as fits, in UTF-8, without a partial character at the end.
void CopyName(const wchar_t* from, char (&to)[16]) {
  char name[3 * MAX_PATH + 1];
  if (WideCharToMultiByte(CP_UTF8, 0, from, -1, name, sizeof name, nullptr, nullptr) == 0) name[0] = '\0';
  size_t length = strlen(name);
  if (length >= sizeof to) length = sizeof to - 1;
  while (length > 0 && (name[length] & 0xc0) == 0x80) length--;
  memset(to, 0, sizeof to);
  memcpy(to, name, length);
}

int AddRow(const PROCESSENTRY32W& process, Rows* rows) {
  ProcessRow row;
  row.inode = process.th32ProcessID;
  row.pid = process.th32ProcessID;
  CopyName(process.szExeFile, row.name);
  return Append(rows, row);
}

int AddRows(HANDLE snapshot, uint32_t pid, Rows* rows) {
  PROCESSENTRY32W process;
  process.dwSize = sizeof process;
  for (BOOL more = Process32FirstW(snapshot, &process); more; more = Process32NextW(snapshot, &process)) {
    // 0 isn't a process: it stands for sockets that no process holds any longer.
    const bool wanted = process.th32ProcessID != 0 && (pid == 0 || pid == process.th32ProcessID);
    const int failed = wanted ? AddRow(process, rows) : 0;
    if (failed != 0) return failed;
  }
  const DWORD error = GetLastError();
  return error == ERROR_NO_MORE_FILES ? 0 : ErrorOf(static_cast<int>(error));
}

}  // namespace

int ListProcesses(uint32_t pid, Rows* rows) {
  const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  if (snapshot == INVALID_HANDLE_VALUE) return ErrorOf(static_cast<int>(GetLastError()));
  int failed = AddRows(snapshot, pid, rows);
  CloseHandle(snapshot);
  if (failed == 0 && pid != 0 && rows->size == 0) failed = UV_ENOENT;
  if (failed != 0) Free(rows);
  return failed;
}

}  // namespace v6only
