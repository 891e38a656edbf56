/* Loaded into the gateway's process before it starts: reports the processor time used by the process on every request for it. */

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
