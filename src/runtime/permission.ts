/**
 * Whether Node's permission model denies this process the network (Node 25 and later, `--permission` without
 * `--allow-net`). Node checks its own calls; sockets opened by the addon must be checked here. Node 20 to 24
 * have the model but not this permission, and `has('net')` is false there too, so the flag is checked.
 */
export function networkDenied(): boolean {
  const permission = process.permission;
  if (permission === undefined || permission.has('net')) return false;
  return process.allowedNodeEnvironmentFlags.has('--allow-net');
}
