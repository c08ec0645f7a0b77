import { z } from 'zod';
import type { Client } from './client.ts';

/** A problem that the shop told as data. */
const UserErrors = z.array(z.object({ code: z.string(), message: z.string() }));
const Session = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: z.string(),
  refreshToken: z.string(),
});

export type Session = z.infer<typeof Session>;
export type Line = { sku: string; quantity: number };
export type Outcome<T> = { ok: true; value: T } | { ok: false; code: string; message: string };
export type Opened = { userId: string; session: Session };
export type Cart = { id: string; secret: string | null };

const PlacedOrder = z.object({
  id: z.string(),
  status: z.enum(['PLACED', 'PAID', 'SHIPPED', 'CANCELLED']),
  lines: z.array(z.object({ id: z.string(), sku: z.string(), quantity: z.number() })),
  total: z.object({ amount: z.string(), currencyCode: z.string() }),
});
export type PlacedOrder = z.infer<typeof PlacedOrder>;

const SESSION = 'session { accessToken accessTokenExpiresAt refreshToken }';
const ERRORS = 'userErrors { code message }';
const ORDER = 'order { id status lines { id sku quantity } total { amount currencyCode } }';

const CREATE_GUEST = `mutation CreateGuest($input: CreateGuestInput!) { result: createGuest(input: $input) { user { id } ${SESSION} ${ERRORS} } }`;
const REGISTER = `mutation RegisterUser($input: RegisterUserInput!) { result: registerUser(input: $input) { user { id } ${SESSION} ${ERRORS} } }`;
const LOG_IN = `mutation LogIn($input: LogInInput!) { result: logIn(input: $input) { user { id } ${SESSION} ${ERRORS} } }`;
const REFRESH = `mutation RefreshSession($input: RefreshSessionInput!) { result: refreshSession(input: $input) { ${SESSION} ${ERRORS} } }`;
const CREATE_CART = `mutation CreateCart($input: CreateCartInput!) { result: createCart(input: $input) { cart { id } secret ${ERRORS} } }`;
const ADD_LINES = `mutation AddCartLines($input: AddCartLinesInput!) { result: addCartLines(input: $input) { cart { id } ${ERRORS} } }`;
const PLACE = `mutation PlaceOrder($input: PlaceOrderInput!) { result: placeOrder(input: $input) { ${ORDER} ${ERRORS} } }`;
const CANCEL = `mutation CancelOrder($input: CancelOrderInput!) { result: cancelOrder(input: $input) { ${ORDER} ${ERRORS} } }`;

const OpenedPayload = payload({ user: z.object({ id: z.string() }).nullable(), session: Session.nullable() });
const SessionPayload = payload({ session: Session.nullable() });
const CartPayload = payload({
  cart: z.object({ id: z.string() }).nullable(),
  secret: z.string().nullable().optional(),
});
const OrderPayload = payload({ order: PlacedOrder.nullable() });

export const ADDRESS = {
  recipient: 'A. Shopper',
  lines: ['1 High Street'],
  city: 'London',
  postalCode: 'N1 1AA',
  countryCode: 'GB',
};

/** What a storefront does for its shoppers, call by call, through the public endpoint. */
export function createShopper(client: Client) {
  const open = async (operation: string, input: object): Promise<Outcome<Opened>> => {
    const { result } = await client.ask(operation, { input }, OpenedPayload);
    const { user, session } = result;
    return user && session ? ok({ userId: user.id, session }) : refused(result.userErrors);
  };
  const cart = async (operation: string, input: object, token?: string): Promise<Outcome<Cart>> => {
    const { result } = await client.ask(operation, { input }, CartPayload, token);
    return result.cart ? ok({ id: result.cart.id, secret: result.secret ?? null }) : refused(result.userErrors);
  };
  const order = async (operation: string, input: object, token: string): Promise<Outcome<PlacedOrder>> => {
    const { result } = await client.ask(operation, { input }, OrderPayload, token);
    return result.order && result.userErrors.length === 0 ? ok(result.order) : refused(result.userErrors);
  };
  return {
    createGuest: (email: string) => open(CREATE_GUEST, { email }),
    register: (email: string, password: string, displayName: string) =>
      open(REGISTER, { email, password, displayName }),
    logIn: (email: string, password: string) => open(LOG_IN, { email, password }),
    refresh: async (refreshToken: string): Promise<Outcome<Session>> => {
      const { result } = await client.ask(REFRESH, { input: { refreshToken } }, SessionPayload);
      return result.session ? ok(result.session) : refused(result.userErrors);
    },
    createCart: (lines: readonly Line[], token?: string) => cart(CREATE_CART, { lines }, token),
    addCartLines: (cartId: string, lines: readonly Line[], token?: string, secret?: string) =>
      cart(ADD_LINES, { cartId, lines, secret }, token),
    placeOrder: (
      input: {
        idempotencyKey: string;
        cartId: string;
        secret?: string | undefined;
        paymentToken?: string;
        waitMs?: number;
      },
      token: string,
    ) => {
      const { paymentToken = 'tok_ok', ...rest } = input;
      return order(
        PLACE,
        { ...rest, shippingAddress: ADDRESS, payment: { provider: 'test', token: paymentToken } },
        token,
      );
    },
    cancelOrder: (orderId: string, lines: readonly { lineId: string; quantity: number }[] | undefined, token: string) =>
      order(CANCEL, { orderId, lines }, token),
  };
}
export type Shopper = ReturnType<typeof createShopper>;

export function payload<T extends z.ZodRawShape>(shape: T) {
  return z.object({ result: z.object({ ...shape, userErrors: UserErrors }) });
}

export const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
export function refused(errors: readonly { code: string; message: string }[]): Outcome<never> {
  const { code, message } = errors[0] ?? { code: 'NO_ANSWER', message: 'neither a result nor an error' };
  return { ok: false, code, message };
}

/** The value of an outcome that must be one, as when a tool prepares what it then measures. */
export function must<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.code}: ${outcome.message}`);
}
