/** Why tests are skipped, as printed by skips-reporter.ts; null if they aren't. */
import { spawnSync } from 'node:child_process';
import { cleanEnvironment } from './node-child';

/** A title that includes why a test is skipped. */
export function withReason(title: string, reason: string | null): string {
  return reason === null ? title : `${title} (skipped: ${reason})`;
}

export const notLinux = process.platform === 'linux' ? null : `this is about Linux, not ${process.platform}`;

export const notRoot = process.getuid?.() === 0 ? null : 'needs root';

export function noStrace(): string | null {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=setsockopt', 'true'], { env: cleanEnvironment() });
  return tried.status === 0 ? null : 'strace is not here, or may not trace';
}
