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
  readonly response: Promise<HttpResponse>;
  readonly deadline: number;
  readonly cancellation: Cancellation;
  waiting: number;
};

/**
 * Lets equal queries of one viewer that are asked at the same time share one call. What they share is the text, which each reads
 * for itself: the objects made of it are changed by who executes. The call is given up only when all who share it have gone.
 */
export function shareCalls(post: Post, onShared: () => void): SharedPost {
  // By who asks first: the long bodies of those who ask alone are then never compared.
  const askers = new Map<string, Map<string, Flight>>();

  const launch = (request: SubgraphRequest, who: string): Flight => {
    const flights = askers.get(who) ?? new Map<string, Flight>();
    askers.set(who, flights);
    const cancellation: Cancellation = { isCancelled: false, act: undefined };
    const response = post({ ...request, cancellation });
    const flight = { response, deadline: request.deadline, cancellation, waiting: 0 };
    flights.set(request.body, flight);
    const land = () => {
      if (flights.get(request.body) === flight) flights.delete(request.body);
      if (flights.size === 0 && askers.get(who) === flights) askers.delete(who);
    };
    response.then(land, land);
    return flight;
  };

  return async (request, signal, fence = '') => {
    const { body, viewer = '', authorization = '', deadline } = request;
    if (signal?.aborted) throw gone();
    // No header value has a line break, or it is refused when it is sent.
    const who = `${viewer}\n${authorization}\n${fence}`;
    const running = askers.get(who)?.get(body);
    const flight = running && mayJoin(running, deadline) ? running : launch(request, who);
    if (flight === running) onShared();
    flight.waiting++;
    try {
      const isPatient = signal === undefined && deadline >= flight.deadline;
      return await (isPatient ? flight.response : untilGone(flight, deadline, signal));
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

function untilGone(flight: Flight, deadline: number, signal: AbortSignal | undefined): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(gone());
    const late = () => reject(new NoResponse('timeout', 'no complete response in time'));
    const timer = deadline < flight.deadline ? setTimeout(late, Math.max(0, deadline - Date.now())) : undefined;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    flight.response.then(
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
