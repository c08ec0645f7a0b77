import { withTransaction } from '@entrepot/database/transaction';
import type { Pool } from 'pg';
import type { ChargeStatus, PaymentProvider, ProviderNotice } from './provider.ts';

/** What a test token makes the provider do; any other token is declined. */
const CAPTURING = new Set(['tok_ok', 'tok_late', 'tok_twice']);

const KEEP = `
INSERT INTO test_provider.charge (idempotency_key, status, amount_minor, currency_code)
VALUES ($1, $2, $3, $4) ON CONFLICT (idempotency_key) DO NOTHING RETURNING status`;
const FIND = 'SELECT status FROM test_provider.charge WHERE idempotency_key = $1';
// The row lock makes refunds of one charge take turns, so that their sum never exceeds it.
const LOCK =
  "SELECT amount_minor FROM test_provider.charge WHERE idempotency_key = $1 AND status = 'CAPTURED' FOR UPDATE";
const REFUND = `
INSERT INTO test_provider.refund (idempotency_key, charge_key, amount_minor)
SELECT $1, $2, $3::bigint
WHERE (SELECT coalesce(sum(amount_minor), 0) FROM test_provider.refund WHERE charge_key = $2 AND idempotency_key <> $1) + $3::bigint <= $4::bigint
ON CONFLICT (idempotency_key) DO NOTHING`;
const REFUNDED = 'SELECT 1 FROM test_provider.refund WHERE idempotency_key = $1';

/**
 * The built-in provider for trying the shop out: an honest stand-in for an outside party. It keeps its own books over
 * connections of its own, so what it did stays done when a transaction of ours is rolled back or our process dies. Its
 * tokens make it misbehave as real ones do:
 * `tok_ok` captures; `tok_decline` refuses; `tok_timeout` never answers and takes nothing; `tok_late` takes the money
 * and never answers the capture; `tok_twice` answers, and a moment later calls back with the same again.
 */
export function createTestProvider(pool: Pool, callBack: (notice: ProviderNotice) => void): PaymentProvider {
  const find = async (key: string): Promise<ChargeStatus> => {
    const { rows } = await pool.query<{ status: string }>(FIND, [key]);
    return toStatus(rows[0]?.status);
  };
  const keep = async (key: string, status: string, minor: bigint, currency: string): Promise<ChargeStatus> => {
    const { rows } = await pool.query<{ status: string }>(KEEP, [key, status, minor, currency]);
    // Kept before: the first answer stands, whatever is asked now.
    return rows[0] ? toStatus(rows[0].status) : find(key);
  };
  return {
    name: 'test',

    async capture({ idempotencyKey, token, amount }, signal) {
      if (token === 'tok_timeout') return never(signal);
      const status = CAPTURING.has(token) ? 'CAPTURED' : 'DECLINED';
      const kept = await keep(idempotencyKey, status, amount.minor, amount.currency);
      if (token === 'tok_late' && kept === 'captured') return never(signal);
      if (token === 'tok_twice') setTimeout(() => callBack({ chargeKey: idempotencyKey, status: kept }), 20);
      return kept;
    },

    status: find,

    // A mark under the key: a capture that is still on its way finds it and takes nothing.
    void: (chargeKey) => keep(chargeKey, 'VOIDED', 0n, 'XXX'),

    async refund({ idempotencyKey, chargeKey, amount }) {
      await withTransaction(pool, async (books) => {
        const { rows } = await books.query<{ amount_minor: string }>(LOCK, [chargeKey]);
        const captured = rows[0]?.amount_minor ?? '0';
        await books.query(REFUND, [idempotencyKey, chargeKey, amount.minor, captured]);
        const { rowCount } = await books.query(REFUNDED, [idempotencyKey]);
        if (rowCount === 0) throw new Error(`a refund of ${amount.minor} exceeds what was captured as ${chargeKey}`);
      });
    },
  };
}

function toStatus(status: string | undefined): ChargeStatus {
  if (status === 'CAPTURED') return 'captured';
  if (status === 'DECLINED') return 'declined';
  return status === 'VOIDED' ? 'voided' : 'none';
}

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
