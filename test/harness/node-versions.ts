/** Other versions of Node, installed by `npm run test:nodes`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './node-child';

const CACHE = join(repositoryRoot, 'node_modules/.cache/v6only-nodes/node_modules');
const own = Number(process.versions.node.split('.')[0]);

/** The program for a major version; null if there is none. */
export function nodeBinary(major: number): string | null {
  if (major === own) return process.execPath;
  const binary = join(CACHE, `node${major}`, 'bin/node');
  return existsSync(binary) ? binary : null;
}

/** Why a version can't be run; null if it can. */
export function noNode(major: number): string | null {
  return nodeBinary(major) === null ? `no Node ${major} here; npm run test:nodes installs it` : null;
}

/** The flags that enable a version's permission model, with everything but addons allowed. */
export function permissionFlags(node: string): string[] {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  const flags = [major < 22 ? '--experimental-permission' : '--permission', '--allow-fs-read=*'];
  return major < 25 ? flags : [...flags, '--allow-net'];
}
