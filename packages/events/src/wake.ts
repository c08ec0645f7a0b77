/** Lets a loop sleep until it is woken or time is up; a wake-up while it is awake is not lost. */
export function createWake() {
  let pending = false;
  let awaken: (() => void) | undefined;
  return {
    wake(): void {
      pending = true;
      awaken?.();
    },
    async sleep(ms: number): Promise<void> {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          awaken = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        awaken = undefined;
      }
      pending = false;
    },
  };
}
export type Wake = ReturnType<typeof createWake>;
