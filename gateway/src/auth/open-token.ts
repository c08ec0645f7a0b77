import { isRecord } from '@entrepot/kernel/is-record';
import { type AlgorithmName, isAlgorithm, type TokenKey } from './token-key.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What a token says of its signature. All that is believed of it is which key to ask for. */
export type TokenHeader = { readonly algorithm: AlgorithmName; readonly kid: string | undefined };

/** A JWT in its parts, of which nothing is proven. */
export type SealedToken = {
  readonly header: TokenHeader;
  readonly headerPart: string;
  /** Header and payload, as they are signed. */
  readonly signed: string;
  readonly payload: string;
  readonly signature: string;
};

/** Three parts in base64url. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** An issuer writes the same header into all of its tokens. Only those of good tokens are kept, so that nobody else can fill this. */
const headers = new Map<string, TokenHeader>();
const MAX_HEADERS = 64;

/** A JWT in compact form (RFC 7515, RFC 7519), if it is signed in a way that is known here; undefined for anything else. */
export function readToken(token: string): SealedToken | undefined {
  const [, headerPart = '', payload = '', signature = ''] = COMPACT.exec(token) ?? [];
  const header = headers.get(headerPart) ?? readHeader(headerPart);
  const signed = token.slice(0, headerPart.length + 1 + payload.length);
  return header && { header, headerPart, signed, payload, signature };
}

/**
 * The claims of a token that the key has signed; undefined for any other. What the claims say, of time above all, is the caller's
 * to judge. On this thread, because Web Crypto's way to another one and back costs more than most signatures do.
 */
export function openToken(
  { header, headerPart, signed, payload, signature }: SealedToken,
  key: TokenKey,
): Claims | undefined {
  if (key.algorithm !== header.algorithm || !key.hasSigned(signed, signature)) return undefined;
  if (!headers.has(headerPart)) {
    if (headers.size >= MAX_HEADERS) headers.clear();
    headers.set(headerPart, header);
  }
  return objectIn(payload);
}

function readHeader(part: string): TokenHeader | undefined {
  const { alg, kid, crit } = objectIn(part) ?? {};
  // Who demands that an extension is understood must not be taken for one who does not (RFC 7515, section 4.1.11).
  if (!isAlgorithm(alg) || crit !== undefined) return undefined;
  return kid === undefined || typeof kid === 'string' ? { algorithm: alg, kid } : undefined;
}

function objectIn(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
