import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { codesOf, openSubgraph } from './replica.ts';

/** For `localhost`, signed by itself, valid until 2120; nobody trusts it but this test. */
const pem = (kind: string) => readFileSync(new URL(`tls/localhost.${kind}.pem`, import.meta.url), 'utf8');

async function startSecure() {
  let requests = 0;
  const server = createServer({ key: pem('key'), cert: pem('cert') }, (request, response) => {
    request.resume().on('end', () => {
      requests++;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { name: 'x'.repeat(200_000) } }));
    });
  });
  let connections = 0;
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, requests: () => requests, connections: () => connections };
}

it('asks over TLS who can prove to be who is asked, over kept connections', async () => {
  const secure = await startSecure();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, pem('cert')]);
  onTestFinished(() => setDefaultCACertificates(trusted));
  const { ask } = openSubgraph(`https://localhost:${secure.port}/graphql`);
  for (let time = 0; time < 3; time++) expect((await ask()).data?.name).toHaveLength(200_000);
  expect(secure.connections()).toBe(1);
  // The right certificate of somebody else.
  const { ask: askOther } = openSubgraph(`https://127.0.0.1:${secure.port}/graphql`);
  expect(codesOf(await askOther())).toEqual(['UNAVAILABLE']);
  expect(secure.requests()).toBe(3);
});

it('asks nobody whose certificate nobody vouches for', async () => {
  const secure = await startSecure();
  const { ask } = openSubgraph(`https://localhost:${secure.port}/graphql`);
  expect(codesOf(await ask())).toEqual(['UNAVAILABLE']);
  expect(secure.requests()).toBe(0);
});
