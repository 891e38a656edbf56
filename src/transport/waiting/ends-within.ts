/** Waits for a promise, but not longer than this, in milliseconds. @returns false if the time was up first */
export async function endsWithin(ms: number, end: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const hasEnded = await Promise.race([end.then(() => true), timeUp]);
  clearTimeout(timer);
  return hasEnded;
}
