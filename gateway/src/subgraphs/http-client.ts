import { Agent, type Dispatcher } from 'undici';

export type SubgraphResponse = { status: number; cacheControl: string | undefined; body: Buffer };

export type SubgraphRequest = {
  origin: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** When to stop waiting, ms since the epoch. */
  deadline: number;
  /** Whether it may be sent a second time. */
  isRepeatable: boolean;
};

export type SubgraphClient = {
  post(request: SubgraphRequest): Promise<SubgraphResponse>;
  close(): Promise<void>;
};

/** Why there is no response. */
export class NoResponse extends Error {
  readonly reason: 'timeout' | 'unavailable';

  constructor(reason: 'timeout' | 'unavailable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export type SubgraphClientOptions = {
  /** Connections to one subgraph. */
  connections?: number;
  /** Requests to one subgraph that run or wait for a connection. */
  maxRunning?: number;
  maxResponseBytes?: number;
};

/** Sends requests over pools of kept connections, with a bound for everything: connections, waiting, time and size. */
export function createSubgraphClient(options: SubgraphClientOptions = {}): SubgraphClient {
  const { connections = 64, maxRunning = 2_000, maxResponseBytes = 32 * 1024 * 1024 } = options;
  const agent = new Agent({
    connections,
    pipelining: 1,
    // Shorter than our servers keep theirs (65 s), so that none is closed under a request.
    keepAliveTimeout: 20_000,
    keepAliveMaxTimeout: 40_000,
    // The deadline of each request is kept below, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 2_000 },
    maxResponseSize: maxResponseBytes,
  });
  const running = new Map<string, number>();

  const attempt = async (request: SubgraphRequest): Promise<SubgraphResponse> => {
    const now = running.get(request.origin) ?? 0;
    if (now >= maxRunning) throw new NoResponse('unavailable', `${now} requests are running or waiting already`);
    running.set(request.origin, now + 1);
    try {
      return await send(agent, request);
    } finally {
      running.set(request.origin, (running.get(request.origin) ?? 1) - 1);
    }
  };

  return {
    async post(request) {
      try {
        return await attempt(request);
      } catch (error) {
        // A kept connection may be closed by its other end in the moment in which we write to it.
        if (!request.isRepeatable || !isCutOff(error)) throw error;
        return attempt(request);
      }
    },
    close: () => agent.destroy(),
  };
}

function send(agent: Agent, { origin, path, headers, body, deadline }: SubgraphRequest): Promise<SubgraphResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let cacheControl: string | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let isLate = false;
    const timeout = () => new NoResponse('timeout', 'no complete response in time');
    const timer = setTimeout(
      () => {
        isLate = true;
        reject(timeout());
        controller?.abort(timeout());
      },
      Math.max(0, deadline - Date.now()),
    );
    agent.dispatch(
      { origin, path, method: 'POST', headers, body },
      {
        onRequestStart(started) {
          controller = started;
          // It waited for a connection for longer than anybody waits for it.
          if (isLate) started.abort(timeout());
        },
        onResponseStart(_, statusCode, responseHeaders) {
          status = statusCode;
          const value = responseHeaders['cache-control'];
          cacheControl = Array.isArray(value) ? value.join(',') : value;
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ status, cacheControl, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
        },
        onResponseError(_, error) {
          clearTimeout(timer);
          reject(error instanceof NoResponse ? error : new NoResponse('unavailable', error.message, { cause: error }));
        },
      },
    );
  });
}

function isCutOff(error: unknown): boolean {
  if (!(error instanceof NoResponse) || !(error.cause instanceof Error) || !('code' in error.cause)) return false;
  return error.cause.code === 'UND_ERR_SOCKET' || error.cause.code === 'ECONNRESET' || error.cause.code === 'EPIPE';
}
