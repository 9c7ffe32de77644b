/** The output of `v6only help` and `--help`, at most 80 columns wide. */

const OVERVIEW = `Usage: v6only <command> [options]

Commands:
  doctor         what this machine and this Node do with IPV6_V6ONLY; problems
  ls             listening sockets, which families reach them, and from where
  check          whether a port is served as expected; for health checks
  bindtest       what this kernel does with two sockets on one port; measured
  demo           why an IPv4 connection is listed as tcp6, with live sockets
  register-path  the absolute path of v6only/register, for NODE_OPTIONS
  help COMMAND   help for one command, the same as v6only COMMAND --help

Options:
  --json         print JSON instead of text
  --version      print the version of this package
  -h, --help     print this, or the help of a command

Exit codes: 0 success; 1 a problem, an error or not as expected; 2 wrong usage.
`;

const COMMANDS: Readonly<Record<string, string>> = {
  doctor: `Usage: v6only doctor [--json]

Measures what this machine and this Node do with IPV6_V6ONLY, and says what
setV6Only() and listen() do here, and what localhost is.

Exit code 1 means a problem: some program here silently gets something other
than it asked for, or every call of v6only fails. A deliberate setting (a
changed sysctl, IPv6 disabled) is a note, with exit code 0.
`,
  ls: `Usage: v6only ls [--port N] [--pid N] [--all] [--json]

Lists the listening TCP and UDP sockets of this machine (this network
namespace): which families reach each one, and from where (this machine, a
link, or everywhere; firewalls are not considered).

  --port N  only sockets on port N
  --pid N   only sockets of process N
  --all     list connections too, and mark IPv4 on an AF_INET6 socket
`,
  check: `Usage: v6only check TARGET [--expect WHAT] [--udp] [--json]

Checks whether something listens, by asking the kernel for this machine's
sockets; does not connect. Exit code 0: yes, and as expected; 1: no.

TARGET is one of
  PORT              any address
  [ADDRESS]:PORT    what a client connecting to this IPv6 address reaches
  A.B.C.D:PORT      what a client connecting to this IPv4 address reaches
  localhost:PORT    every loopback address of this machine must be served
  --pid N           every port on which process N listens

WHAT is one of
  ipv6   IPv6 only; nothing accepts IPv4
  dual   one [::] socket that accepts IPv6 and IPv4
  split  an IPv6-only socket and an IPv4 socket
  plain  no client shows up as IPv4-mapped: ipv6, split, or IPv4 only. For a
         health check that must work with and without IPv6

  --udp  check UDP sockets instead of TCP
`,
  bindtest: `Usage: v6only bindtest [--html FILE] [--json]

Measures what this kernel does with two sockets on one port: whether the second
can bind and listen, and which one gets the clients. Takes about a second.

  --html FILE  also write a page with pictures and a comparison with other
               kernels
`,
  demo: `Usage: v6only demo [--json]

Shows with live sockets on loopback why an IPv4 connection is listed as tcp6: a
stock listener with an IPv4 and an IPv6 client, and what netstat shows; then
the same with an IPv6-only listener, and with one socket for each family.
`,
  'register-path': `Usage: v6only register-path [--json]

Prints the absolute path of v6only/register, which sets a policy for a program
that you can't change:

  NODE_OPTIONS="--require $(v6only register-path)" V6ONLY_STACK=split app
`,
  help: `Usage: v6only help [COMMAND]

Prints help for v6only, or for one command.
`,
};

/** For one command, or for all. */
export function helpFor(command?: string): string {
  return (command === undefined ? undefined : COMMANDS[command]) ?? OVERVIEW;
}
