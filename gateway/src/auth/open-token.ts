import { type KeyObject, verify } from 'node:crypto';
import { isRecord } from '@entrepot/kernel/is-record';

/** Three parts in base64url, of which the last is a signature of Ed25519: 64 bytes. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/;
/** What RFC 8037 calls it, and RFC 9864. No other is let in, whatever a token says of itself. */
const ALGORITHMS: readonly unknown[] = ['EdDSA', 'Ed25519'];

/**
 * The claims of a JWT in compact form (RFC 7515, RFC 7519) that is signed with Ed25519 by the key it names; undefined for anything
 * else. What the claims say, of time above all, is the caller's to judge. On this thread, because Web Crypto's way to another one
 * and back costs more than the signature itself.
 * @throws what `keyFor` throws
 */
export async function openToken(
  token: string,
  keyFor: (kid: string) => Promise<KeyObject | undefined>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [, header = '', payload = '', signature = ''] = COMPACT.exec(token) ?? [];
  const { alg, kid, crit } = objectIn(header) ?? {};
  // Who demands that an extension is understood must not be taken for one who does not (RFC 7515, section 4.1.11).
  if (!ALGORITHMS.includes(alg) || typeof kid !== 'string' || crit !== undefined) return undefined;
  const key = await keyFor(kid);
  if (key?.asymmetricKeyType !== 'ed25519') return undefined;
  const signed = Buffer.from(`${header}.${payload}`, 'latin1');
  if (!verify(null, signed, key, Buffer.from(signature, 'base64url'))) return undefined;
  return objectIn(payload);
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
