/** What `v6only help` and `--help` print, at most 80 columns wide. */

const OVERVIEW = `Usage: v6only <command> [options]

Commands:
  doctor         what this machine and this Node do with IPV6_V6ONLY, and faults
  ls             which sockets listen here, who reaches them, and from where
  check          whether a port is served, and as expected: for health checks
  bindtest       what this kernel does with two sockets on one port, tried out
  demo           why an IPv4 connection is listed as tcp6, with live sockets
  register-path  the absolute path of v6only/register, for NODE_OPTIONS
  help COMMAND   more about one of them; so does v6only COMMAND --help

Options:
  --json         print JSON instead of text
  --version      print the version of this package
  -h, --help     print this, or the help of a command

Exit codes: 0 success, 1 a fault, an error or not as expected, 2 wrong usage.
`;

const COMMANDS: Readonly<Record<string, string>> = {
  doctor: `Usage: v6only doctor [--json]

Measures what this machine and this Node do with IPV6_V6ONLY, and says what
setV6Only() and listen() will do here, and what localhost is.

Exit code 1 means a fault: some program here gets something other than it asked
for without an error, or every call of v6only fails. What somebody chose for
this machine (a sysctl that was changed, IPv6 switched off) is a note, and the
exit code is 0.
`,
  ls: `Usage: v6only ls [--port N] [--pid N] [--all] [--json]

Lists the TCP and UDP sockets of this machine (this network namespace) that
wait for peers: which families reach each one, and from where (this machine, a
link, or everywhere, as far as the address decides; firewalls are not looked
at).

  --port N  the sockets on port N only
  --pid N   the sockets of process N only
  --all     connections too, with those marked that are IPv4 on an AF_INET6
            socket
`,
  check: `Usage: v6only check TARGET [--expect WHAT] [--udp] [--json]

Tells whether something listens, by asking the kernel for this machine's
sockets; connects to nothing. Exit code 0: yes, and as expected; 1: no.

TARGET is one of
  PORT              any address
  [ADDRESS]:PORT    what an IPv6 client of this address reaches
  A.B.C.D:PORT      what an IPv4 client of this address reaches
  localhost:PORT    every loopback address that this machine has is served
  --pid N           every port on which process N listens

WHAT is one of
  ipv6   IPv6 only, and nothing that accepts IPv4
  dual   one [::] socket that accepts IPv6 and IPv4
  split  an IPv6-only socket and an IPv4 socket
  plain  no client shows up as IPv4-mapped: ipv6, split, or IPv4 alone. Right
         for a health check that must hold with and without IPv6

  --udp  check the UDP sockets on that port, not the TCP ones
`,
  bindtest: `Usage: v6only bindtest [--html FILE] [--json]

Tries out, on this kernel, what becomes of two sockets on one port: whether the
second may bind and listen, and who then gets the clients. Takes about a second.

  --html FILE  also write a page with a picture, compared with other kernels
`,
  demo: `Usage: v6only demo [--json]

Shows with live sockets on loopback why an IPv4 connection is listed as tcp6: a
stock listener and an IPv4 and an IPv6 client, what netstat shows of them, and
the same with an IPv6-only listener and with one socket for each family.
`,
  'register-path': `Usage: v6only register-path [--json]

Prints the absolute path of v6only/register, the policy for a program that you
cannot change:

  NODE_OPTIONS="--require $(v6only register-path)" V6ONLY_STACK=split app
`,
  help: `Usage: v6only help [COMMAND]

Prints what there is, or more about one command.
`,
};

/** Of a command, or of all. */
export function helpFor(command?: string): string {
  return (command === undefined ? undefined : COMMANDS[command]) ?? OVERVIEW;
}
