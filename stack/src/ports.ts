import { createServer } from 'node:net';

/** The port itself when it is free, any free one for 0; rejects with one sentence when it is taken. */
export async function claimPort(host: string, port: number, setting: string): Promise<number> {
  const probe = createServer();
  const free = await new Promise<number>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(reason(error, host, port, setting), { cause: error })),
    );
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

function reason(error: NodeJS.ErrnoException, host: string, port: number, setting: string): string {
  if (error.code === 'EADDRINUSE')
    return `port ${port} is taken by another program: stop it, or choose another with ${setting}=<port>`;
  if (error.code === 'EACCES') return `port ${port} needs privileges: choose one above 1023 with ${setting}=<port>`;
  return `cannot listen on ${host}:${port} (${error.message}): set HOST or ${setting}`;
}
