"""Starts a command as systemd does for a unit with `ListenStream=` and a port alone (systemd.socket(5), sd_listen_fds(3)):
one [::] socket, dual-stack as the sysctl says, or 0.0.0.0 where the kernel has no IPv6.
"""
import os
import socket
import sys


def listening_socket():
    try:
        s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        s.bind(('::', 0))
    except OSError:
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.bind(('0.0.0.0', 0))
    s.listen(128)
    return s


fd = listening_socket().detach()
if fd != 3:
    os.dup2(fd, 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execvp(sys.argv[1], sys.argv[1:])
