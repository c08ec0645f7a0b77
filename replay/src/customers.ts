import { must, type Opened, type Shopper } from '@entrepot/shopper/shopper';
import { createPurchases, type Purchases } from './purchases.ts';

/** A session is renewed when less than this is left of its access token. */
const RENEW_BEFORE_MS = 60_000;

export type Customer = {
  token(): Promise<string>;
  purchases: Purchases;
  /** Runs one thing after the other for this customer: a cancellation comes after the purchase it cancels. */
  inTurn<T>(act: () => Promise<T>): Promise<T>;
};

/** The shop's customers: a known number registers with its first invoice, everybody else buys as a guest. */
export function createCustomers(shopper: Shopper) {
  const known = new Map<string, Customer>();
  const counts = { registered: 0, guests: 0 };
  return {
    counts,
    of(customerId: string): Customer {
      const found = known.get(customerId);
      if (found) return found;
      const email = `customer-${customerId}@shop.example`;
      const open = async () => {
        counts.registered++;
        return must(await shopper.register(email, `password-of-${customerId}`, `Customer ${customerId}`));
      };
      const customer = createCustomer(shopper, open);
      known.set(customerId, customer);
      return customer;
    },
    guest(invoice: string): Customer {
      return createCustomer(shopper, async () => {
        counts.guests++;
        return must(await shopper.createGuest(`guest-${invoice}@shop.example`));
      });
    },
  };
}
export type Customers = ReturnType<typeof createCustomers>;

function createCustomer(shopper: Shopper, open: () => Promise<Opened>): Customer {
  let session: Opened['session'] | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    purchases: createPurchases(),
    async token() {
      if (!session) session = (await open()).session;
      else if (Date.parse(session.accessTokenExpiresAt) - Date.now() < RENEW_BEFORE_MS)
        session = must(await shopper.refresh(session.refreshToken));
      return session.accessToken;
    },
    inTurn(act) {
      const mine = last.then(act, act);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
