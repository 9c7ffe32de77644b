// The processes that vitest runs tests in end by SIGTERM, or by themselves a moment before it comes: either way it kills
// them before the counts of the addon are written, which is the last thing that a process does. These end properly.
if (process.argv[1]?.endsWith('/workers/forks.js')) {
  const untilThen = setInterval(() => {}, 2 ** 30);
  process.once('SIGTERM', () => {
    clearInterval(untilThen);
    process.exit();
  });
}
