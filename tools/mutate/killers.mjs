/**
 * The mutated files, each with the tests that must notice: few and fast, because they run once for each mutant. A
 * failure outside `it` isn't noticed, because Stryker treats a file without tests as passing.
 */
const LISTEN = ['listen/listen-primary', 'listen/listen-wrappers', 'listen/listen-failures'];

export const KILLERS = {
  'src/kernel/address.ts': ['kernel/address'],
  'src/kernel/address-groups.ts': ['kernel/address'],
  'src/machine/address-text.ts': ['machine/address-text', 'machine/socket-rows'],
  'src/socket/bind-address.ts': ['socket/bind-address'],
  'src/matrix/contender.ts': ['matrix/contender', 'matrix/bind-matrix-systems'],
  'src/listen/endpoints.ts': ['listen/endpoints'],
  'src/kernel/errors.ts': ['kernel/errors'],
  'src/kernel/options.ts': ['listen/options'],
  'src/listen/listen-attempt.ts': ['listen/listen-attempt', ...LISTEN, 'listen/listen-closing'],
  'src/listen/options.ts': ['listen/options'],
  'src/listen/listen-plan.ts': ['listen/listen-plan', ...LISTEN],
  'src/socket/peer.ts': ['socket/peer', 'socket/peer-addresses'],
  'src/socket/v6only.ts': ['kernel/remembered-v6only', 'listen/listen-primary', 'socket/other-systems'],
};
