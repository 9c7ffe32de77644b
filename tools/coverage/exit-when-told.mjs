// vitest's test processes end with SIGTERM, or exit just before it arrives: either way it kills them before the addon's
// counts are written, which is the last thing a process does. With this file they exit normally.
if (process.argv[1]?.endsWith('/workers/forks.js')) {
  const untilThen = setInterval(() => {}, 2 ** 30);
  process.once('SIGTERM', () => {
    clearInterval(untilThen);
    process.exit();
  });
}
