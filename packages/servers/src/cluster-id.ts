import { randomBytes } from 'node:crypto';

/** A new id of a Kafka cluster. One that begins with a dash would be read as an option by Kafka's tools. */
export function newClusterId(bytes: Buffer = randomBytes(16)): string {
  const [first = 0, ...rest] = bytes;
  return Buffer.from([first & 0x7f, ...rest]).toString('base64url');
}
