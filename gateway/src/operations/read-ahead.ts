/**
 * Takes all that a source has as quickly as it comes, and hands it on as slowly as it is asked for: whoever reads slowly holds
 * up nobody but themselves. `onEnd` is called once, when the source has nothing more. The parts of one answer, no endless source.
 */
export function readAhead<T>(source: AsyncIterator<T>, onEnd: () => void): AsyncIterable<T> {
  const ahead: { readonly value: T }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isOver = false;
  let isLeft = false;
  let wake = () => {};

  const read = async () => {
    try {
      for (let next = await source.next(); next.done !== true && !isLeft; next = await source.next()) {
        ahead.push({ value: next.value });
        wake();
      }
    } catch (error) {
      failure = { error };
    } finally {
      isOver = true;
      onEnd();
      wake();
    }
  };
  void read();

  return (async function* () {
    try {
      for (;;) {
        const next = ahead.shift();
        if (next) yield next.value;
        else if (failure) throw failure.error;
        else if (isOver) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      isLeft = true;
      await source.return?.();
    }
  })();
}
