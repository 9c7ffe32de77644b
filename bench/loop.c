/*
 * The system calls of getV6Only and setV6Only in a loop: ns a call, as `loop get|get2|set|threads N` prints them. In a
 * process with a second thread, which every Node process has, the kernel counts who uses the descriptor (fdget).
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int get(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length) == 0 ? value : -1;
}

static int family(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) == 0 ? value : -1;
}

static int set(int fd, int value) { return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof value); }

static void* wait(void* unused) {
  pause();
  return unused;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int calls = atoi(argv[2]);
  const int twice = strcmp(argv[1], "get2") == 0;
  pthread_t thread;
  if (strcmp(argv[1], "threads") == 0 && pthread_create(&thread, NULL, wait, NULL) != 0) return 1;
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  int sum = set(fd, !twice);
  const double start = now();
  for (int i = 0; i < calls; i++) {
    if (strcmp(argv[1], "set") == 0) sum += set(fd, 1);
    sum += get(fd);
    if (twice) sum += family(fd);
  }
  printf("%.2f %d\n", (now() - start) / calls, sum);
  return 0;
}
