import type { Service } from './processes.ts';

/** What tells that work is still on its way: events not yet published, and events not yet handled. */
const OPEN_WORK = /^(?:outbox_rows|consumer_lag)(?:\{[^}]*\})? (\d+(?:\.\d+)?)$/gm;

/** How many events are still on their way between the services, by their own metrics. */
export async function openWork(services: readonly Pick<Service, 'url'>[]): Promise<number> {
  const pages = await Promise.all(services.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return pages.flatMap((page) => [...page.matchAll(OPEN_WORK)]).reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits until no event is on its way any more, seen twice, since handling one may cause the next. Rejects when time is up. */
export async function untilSettled(services: readonly Pick<Service, 'url'>[], timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let quiet = 0; quiet < 2; ) {
    const open = await openWork(services);
    quiet = open === 0 ? quiet + 1 : 0;
    if (Date.now() > deadline) throw new Error(`${open} events were still on their way after ${timeoutMs / 1000} s`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
