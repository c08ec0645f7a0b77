import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import type { Cancellation, SubgraphRequest } from './replica.ts';

type Post = (request: SubgraphRequest) => Promise<HttpResponse>;
type SharedPost = (
  request: SubgraphRequest,
  signal: AbortSignal | undefined,
  /** Who asks after a purge must not be given what was asked for before it: it would be kept as if it were new. */
  fence: string | undefined,
) => Promise<HttpResponse>;

type Flight = {
  readonly body: string;
  readonly deadline: number;
  readonly cancellation: Cancellation;
  /** Dropped on landing: the lists and maps of what has come and gone live on for a while, and the text must not. */
  response: Promise<HttpResponse> | undefined;
  waiting: number;
};

/**
 * Lets equal queries of one viewer that are asked at the same time share one call. What they share is the text, which each reads
 * for itself: the objects made of it are changed by who executes. The call is given up only when all who share it have gone.
 */
export function shareCalls(post: Post, onShared: () => void): SharedPost {
  // By who asks first: the long bodies of those who ask alone are then never compared.
  const askers = new Map<string, Flight[]>();

  const launch = (request: SubgraphRequest, who: string): Flight => {
    const { body, deadline } = request;
    const cancellation: Cancellation = { isCancelled: false, act: undefined };
    const response = post({ ...request, cancellation });
    const flight: Flight = { body, deadline, cancellation, response, waiting: 0 };
    const flights = askers.get(who) ?? [];
    if (flights.push(flight) === 1) askers.set(who, flights);
    const land = () => {
      flight.response = undefined;
      flights.splice(flights.indexOf(flight), 1);
      if (flights.length === 0) askers.delete(who);
    };
    response.then(land, land);
    return flight;
  };

  return async (request, signal, fence = '') => {
    const { body, viewer = '', authorization = '', deadline } = request;
    if (signal?.aborted) throw gone();
    // No header value has a line break, or it is refused when it is sent.
    const who = `${viewer}\n${authorization}\n${fence}`;
    const running = askers.get(who)?.findLast((flight) => flight.body === body && mayJoin(flight, deadline));
    if (running) onShared();
    const flight = running ?? launch(request, who);
    const { response } = flight;
    if (!response) throw new Error('what has landed cannot be shared');
    flight.waiting++;
    try {
      const isPatient = signal === undefined && deadline >= flight.deadline;
      return await (isPatient ? response : untilGone(response, flight.deadline, deadline, signal));
    } finally {
      if (--flight.waiting === 0) {
        flight.cancellation.isCancelled = true;
        flight.cancellation.act?.();
      }
    }
  };
}

/** Who joins shares the other's deadline too: most of one's own time must be left in it. */
function mayJoin({ cancellation, deadline }: Flight, own: number): boolean {
  const now = Date.now();
  return !cancellation.isCancelled && deadline - now >= (own - now) / 2;
}

function untilGone(
  response: Promise<HttpResponse>,
  limit: number,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(gone());
    const late = () => reject(new NoResponse('timeout', 'no complete response in time'));
    const timer = deadline < limit ? setTimeout(late, Math.max(0, deadline - Date.now())) : undefined;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    response.then(
      (response) => {
        settle();
        resolve(response);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

const gone = () => new NoResponse('cancelled', 'nobody waits for it any more');
