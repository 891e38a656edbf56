/* Loaded into the gateway's process before it starts: tells the processor time that the process has used, as often as it is asked. */

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
