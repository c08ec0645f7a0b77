import { hash } from 'node:crypto';
import { createClientAddress, networkOf, type TrustedProxies } from './limits/client-address.ts';

/** Who asks: a viewer, or the client at an address. */
export type Asker = {
  readonly viewerId: string | undefined;
  /** Of the connection. */
  readonly address: string | undefined;
  readonly forwardedFor: string | undefined;
};

/** The place between 0 and 100 of whoever asks, the same each time and in every gateway; undefined for who cannot be told apart. */
export type RollOf = (asker: Asker) => number | undefined;

export function createRollOf(trustedProxies: TrustedProxies): RollOf {
  const clientAddress = createClientAddress(trustedProxies);
  return ({ viewerId, address, forwardedFor }) => {
    if (viewerId !== undefined) return placeOf(`viewer:${viewerId}`);
    return address === undefined ? undefined : placeOf(`address:${networkOf(clientAddress(address, forwardedFor))}`);
  };
}

const placeOf = (who: string): number => (Number.parseInt(hash('sha256', who, 'hex').slice(0, 8), 16) / 2 ** 32) * 100;
