import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Secrets = z.object({
  /** What the gateway shows to the subgraphs. */
  gatewayCredential: z.string().min(32),
  /** The Ed25519 key that signs access tokens, a JWK as JSON text. */
  accessTokenPrivateKey: z.string().min(1),
  adminPassword: z.string().min(10),
});
export type Secrets = z.infer<typeof Secrets>;

/** The secrets of this data folder, made at the first start and kept: sessions survive a restart. */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const file = join(dataDir, 'secrets.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`cannot read ${file}: ${error.message}`, { cause: error });
  });
  if (text !== undefined) return parse(file, text);
  const secrets = generate();
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return secrets;
}

function parse(file: string, text: string): Secrets {
  try {
    return Secrets.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is damaged: mend it, or delete it to have new secrets made (every session ends then)`, {
      cause: error,
    });
  }
}

function generate(): Secrets {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return {
    gatewayCredential: randomBytes(32).toString('base64url'),
    accessTokenPrivateKey: JSON.stringify({ ...jwk, kid: randomUUID(), alg: 'EdDSA', use: 'sig' }),
    adminPassword: randomBytes(12).toString('base64url'),
  };
}
