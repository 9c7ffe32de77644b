/** For children of tests: how many sockets this process has. */
const { readdirSync, readlinkSync } = require('node:fs');

function isSocket(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    // The descriptor that the folder was read through.
    return false;
  }
}

module.exports = { ownSockets: () => readdirSync('/proc/self/fd').filter(isSocket).length };
