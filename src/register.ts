/** `node --import v6only/register app.js` with V6ONLY_STACK=ipv6|dual|split|system. */
import { writeSync } from 'node:fs';
import { isError } from './kernel/errors';
import { installPolicy } from './listen/policy';

const stack = process.env['V6ONLY_STACK'];
if (stack !== undefined && stack !== '') installOrStop(stack);

/** Whoever starts the program did not write it, and has no use for a stack trace. */
function installOrStop(wanted: string): void {
  try {
    installPolicy(wanted);
  } catch (error) {
    writeSync(2, `v6only/register: ${isError(error) ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
