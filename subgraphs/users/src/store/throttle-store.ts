import { type Failures, WINDOW_MS } from '../domain/login-throttle.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';

/** Failed logins by address, in the database so that all replicas count together. */
export function createThrottleStore(prisma: PrismaClient) {
  const keyOf = (email: string) => email.toLowerCase();
  return {
    async seen(email: string): Promise<Failures | undefined> {
      return (await prisma.loginFailure.findUnique({ where: { email: keyOf(email) } })) ?? undefined;
    },
    async failed(email: string, now: Date): Promise<void> {
      const windowEnd = new Date(now.getTime() + WINDOW_MS);
      // One statement, so that failures at the same time are all counted; a window that is over begins anew.
      await prisma.$executeRaw`
        INSERT INTO "login_failure" ("email", "failures", "window_end") VALUES (${keyOf(email)}, 1, ${windowEnd})
        ON CONFLICT ("email") DO UPDATE SET
          "failures" = CASE WHEN "login_failure"."window_end" < ${now} THEN 1 ELSE "login_failure"."failures" + 1 END,
          "window_end" = CASE WHEN "login_failure"."window_end" < ${now} THEN ${windowEnd} ELSE "login_failure"."window_end" END`;
    },
    async succeeded(email: string): Promise<void> {
      await prisma.loginFailure.deleteMany({ where: { email: keyOf(email) } });
    },
  };
}
export type ThrottleStore = ReturnType<typeof createThrottleStore>;
