import { resolve } from 'node:path';
import { startNameServer } from './name-server.ts';
import { freePort, type Program, runProgram, startProgram } from './program.ts';

const CONFIG = resolve(import.meta.dirname, '../haproxy/haproxy.cfg');

export type Haproxy = Program & { readonly publicPort: number; readonly insidePort: number };

/** Runs the balancer with its real configuration, over gateways at these addresses and this port. */
export async function startHaproxy(addresses: readonly string[], port: number): Promise<Haproxy> {
  const names = await startNameServer(addresses);
  const [publicPort, insidePort] = [await freePort(), await freePort()];
  const haproxy = startProgram(
    'haproxy',
    ['-f', CONFIG],
    environment({ publicPort, insidePort, port, dns: names.address }),
  );
  return {
    publicPort,
    insidePort,
    async stop() {
      await haproxy.stop();
      names.close();
    },
  };
}

/** What HAProxy says of its configuration: nothing when all is well. */
export function checkHaproxy(): { status: number | null; complaints: readonly string[] } {
  const { status, output } = runProgram(
    'haproxy',
    ['-c', '-f', CONFIG],
    environment({ publicPort: 1, insidePort: 2, port: 3, dns: '127.0.0.1:53' }),
  );
  // Warnings too: today's warning is the next version's error.
  return { status, complaints: output.split('\n').filter((line) => /ALERT|WARNING/.test(line)) };
}

function environment({
  publicPort,
  insidePort,
  port,
  dns,
}: {
  publicPort: number;
  insidePort: number;
  port: number;
  dns: string;
}) {
  return {
    DNS: dns,
    GATEWAY: `gateway.test:${port}`,
    PUBLIC: `127.0.0.1:${publicPort}`,
    INSIDE: `127.0.0.1:${insidePort}`,
  };
}
