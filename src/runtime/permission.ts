/**
 * Whether Node's permission model withholds the network from this process (Node 25 and later, `--permission`
 * without `--allow-net`). Node checks its own calls; what the addon opens has to be checked here. Node 20 to 24
 * have the model but not this permission, and `has('net')` is false there too, so the flag is asked for.
 */
export function networkDenied(): boolean {
  const permission = process.permission;
  if (permission === undefined || permission.has('net')) return false;
  return process.allowedNodeEnvironmentFlags.has('--allow-net');
}
