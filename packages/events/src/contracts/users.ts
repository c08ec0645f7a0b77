import { z } from 'zod';
import { defineEvent } from '../contract.ts';

const key = ({ userId }: { userId: string }) => userId;
const purges = ({ userId }: { userId: string }) => [`User:${userId}`];

/** Somebody became a customer or a guest. */
export const UserRegistered = defineEvent({
  type: 'user.registered.v1',
  topic: 'users',
  schema: z.object({ userId: z.string(), kind: z.enum(['CUSTOMER', 'GUEST']) }),
  key,
  purges,
});
export type UserRegistered = z.infer<typeof UserRegistered.schema>;

/** Something about a user changed that others may show. */
export const UserChanged = defineEvent({
  type: 'user.changed.v1',
  topic: 'users',
  schema: z.object({ userId: z.string() }),
  key,
  purges,
});
export type UserChanged = z.infer<typeof UserChanged.schema>;
