/**
 * The files that are mutated, each with the tests that have to notice: few and quick ones, since each mutant is a run of
 * them. What a test makes outside of `it` is not noticed, for Stryker takes a file without tests for one that passes.
 */
const LISTEN = ['unit/listen-primary', 'integration/listen-wrappers', 'integration/listen-failures'];

export const KILLERS = {
  'src/address.ts': ['unit/address'],
  'src/address-groups.ts': ['unit/address'],
  'src/address-text.ts': ['unit/address-text', 'unit/socket-rows'],
  'src/bind-address.ts': ['unit/bind-address'],
  'src/contender.ts': ['unit/contender', 'unit/bind-matrix-systems'],
  'src/endpoints.ts': ['unit/endpoints'],
  'src/errors.ts': ['unit/errors'],
  'src/known-options.ts': ['unit/listen-options'],
  'src/listen-attempt.ts': ['unit/listen-attempt', ...LISTEN, 'integration/listen-closing'],
  'src/listen-options.ts': ['unit/listen-options'],
  'src/listen-plan.ts': ['unit/listen-plan', ...LISTEN],
  'src/peer.ts': ['unit/peer', 'integration/peer'],
  'src/v6only.ts': ['unit/v6only', 'unit/listen-primary', 'unit/other-systems'],
};
