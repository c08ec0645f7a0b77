import type { Registry } from '@entrepot/telemetry/metrics';
import { Gauge } from 'prom-client';
import type { Passwords } from './passwords.ts';

/** Shows how many passwords are being hashed, and how many wait for it: the first queue to fill when a crowd logs in. */
export function measurePasswords(passwords: Passwords, registry: Registry): void {
  new Gauge({
    name: 'password_hashes',
    help: 'Passwords that are being hashed or compared, and that wait for their turn',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { running, waiting } = passwords.load();
      this.set({ state: 'running' }, running);
      this.set({ state: 'waiting' }, waiting);
    },
  });
}
