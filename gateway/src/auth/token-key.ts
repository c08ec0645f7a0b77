import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';

/** An algorithm for signatures of tokens (RFC 7518, RFC 8037, RFC 9864), and the only keys that it goes with. */
type Algorithm = {
  readonly kind: 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519';
  readonly digest?: string;
  readonly isPss?: true;
};

/** There is no `none` here, and nothing that has a shared secret. */
const ALGORITHMS = {
  RS256: { kind: 'RSA', digest: 'sha256' },
  RS384: { kind: 'RSA', digest: 'sha384' },
  RS512: { kind: 'RSA', digest: 'sha512' },
  PS256: { kind: 'RSA', digest: 'sha256', isPss: true },
  PS384: { kind: 'RSA', digest: 'sha384', isPss: true },
  PS512: { kind: 'RSA', digest: 'sha512', isPss: true },
  ES256: { kind: 'P-256', digest: 'sha256' },
  ES384: { kind: 'P-384', digest: 'sha384' },
  ES512: { kind: 'P-521', digest: 'sha512' },
  EdDSA: { kind: 'Ed25519' },
  Ed25519: { kind: 'Ed25519' },
} as const satisfies Record<string, Algorithm>;

export type AlgorithmName = keyof typeof ALGORITHMS;

export const isAlgorithm = (name: unknown): name is AlgorithmName =>
  typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);

/** A public key for one algorithm: what a token says cannot make it verify in another way. */
export type TokenKey = {
  readonly kid: string | undefined;
  readonly algorithm: AlgorithmName;
  /** Whether the signature, in base64url, is the text's. */
  hasSigned(text: string, signature: string): boolean;
};

/** What RFC 7518 demands (section 3.3). */
const LEAST_RSA_BITS = 2_048;
const SIGNATURE_BYTES = { 'P-256': 64, 'P-384': 96, 'P-521': 132, Ed25519: 64 } as const;

const ABOUT = {
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
};
const PublicJwk = z.discriminatedUnion('kty', [
  z.object({ ...ABOUT, kty: z.literal('RSA'), n: z.string(), e: z.string() }),
  z.object({ ...ABOUT, kty: z.literal('EC'), crv: z.enum(['P-256', 'P-384', 'P-521']), x: z.string(), y: z.string() }),
  z.object({ ...ABOUT, kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
]);

/**
 * A key of a set (RFC 7517), once for each algorithm that it may verify: none when it is of a kind that we do not know, or meant for
 * something else.
 * @throws when it is none, or too weak
 */
export function readTokenKeys(value: unknown): readonly TokenKey[] {
  const { data: jwk } = PublicJwk.safeParse(value);
  if (!jwk || !isForVerifying(jwk)) return [];
  const { kid, alg, use: _, key_ops: __, ...material } = jwk;
  const kind = material.kty === 'RSA' ? 'RSA' : material.crv;
  const names = Object.keys(ALGORITHMS).filter(isAlgorithm);
  const allowed = names.filter((name) => ALGORITHMS[name].kind === kind && (alg ?? name) === name);
  if (allowed.length === 0) return [];
  const key = createPublicKey({ key: material, format: 'jwk' });
  const bytes = kind === 'RSA' ? rsaBytes(key) : SIGNATURE_BYTES[kind];
  return allowed.map((algorithm) => ({
    kid,
    algorithm,
    hasSigned: createHasSigned(ALGORITHMS[algorithm], key, bytes),
  }));
}

const isForVerifying = ({ use = 'sig', key_ops: operations = ['verify'] }: z.infer<typeof PublicJwk>): boolean =>
  use === 'sig' && operations.includes('verify');

function rsaBytes({ asymmetricKeyDetails }: KeyObject): number {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < LEAST_RSA_BITS) throw new Error(`an RSA key of ${bits} bits: less than ${LEAST_RSA_BITS} are too few`);
  return Math.ceil(bits / 8);
}

/** What the last letter may be, by how many bytes more than a multiple of three there are: the bits it has to spare are zero. */
const LAST_LETTERS = [undefined, 'AQgw', 'AEIMQUYcgkosw048'] as const;

function createHasSigned({ digest, kind, isPss }: Algorithm, key: KeyObject, bytes: number): TokenKey['hasSigned'] {
  const letters = Math.ceil((bytes * 4) / 3);
  const lastLetters = LAST_LETTERS[bytes % 3];
  const algorithm = digest ?? null;
  const way = wayOf(key, kind, isPss);
  return (text, signature) => {
    if (signature.length !== letters) return false;
    // Otherwise one token could be written in several ways.
    if (lastLetters?.includes(signature.charAt(letters - 1)) === false) return false;
    const decoded = Buffer.from(signature, 'base64url');
    return decoded.length === bytes && verify(algorithm, Buffer.from(text, 'latin1'), way, decoded);
  };
}

/** How Node is told what a key alone does not say. Where the key says it all, going without is cheaper. */
function wayOf(key: KeyObject, kind: Algorithm['kind'], isPss: true | undefined) {
  if (isPss) return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return kind === 'RSA' || kind === 'Ed25519' ? key : { key, dsaEncoding: 'ieee-p1363' as const };
}
