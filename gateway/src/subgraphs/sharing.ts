import type { Cancellation } from '@entrepot/kernel/cancellation';
import type { Outcome } from './http1/connection.ts';
import { NoResponse } from './no-response.ts';
import type { OnEnd, SubgraphRequest } from './replica.ts';
import type { Post } from './subgraph-client.ts';

/** Of a request, what decides with whom it shares. */
export type Asking = {
  /** Viewer and authorization. */
  readonly who: string;
  /** Who asks after a purge must not be given what was asked for before it: it would be kept as if it were new. */
  readonly fence: string | undefined;
  /** Tells when whoever asks has gone. */
  readonly gone: Cancellation | undefined;
};

/** The request's cancellation is ours. */
type SharedPost = (request: SubgraphRequest, asking: Asking, onEnd: OnEnd) => void;

type Flight = {
  readonly request: SubgraphRequest;
  readonly fence: string | undefined;
  readonly waiting: OnEnd[];
};

/**
 * Lets equal queries of one viewer that are asked at the same time share one call. What they share is the text, which each reads
 * for itself: the objects made of it are changed by who executes. The call is given up only when all who share it have gone.
 */
export function shareCalls(post: Post, onShared: () => void): SharedPost {
  // By who asks first: the long bodies of those who ask alone are then never compared.
  const askers = new Map<string, Flight[]>();

  return (request, asking, onEnd) => {
    const { who, fence, gone } = asking;
    if (gone?.isCancelled) return onEnd(nobodyWaits());
    const running = askers.get(who);
    const joined = running?.findLast((flight) => mayJoin(flight, request, fence));
    if (joined) {
      onShared();
      return wait(joined, request.deadline, gone, onEnd);
    }
    const flight: Flight = { request, fence, waiting: [] };
    const flights = running ?? [];
    if (flights.push(flight) === 1) askers.set(who, flights);
    wait(flight, request.deadline, gone, onEnd);
    post(request, (outcome) => {
      drop(flights, flight);
      if (flights.length === 0) askers.delete(who);
      for (const end of flight.waiting) end(outcome);
    });
  };
}

/** Who joins shares the other's deadline too: most of one's own time must be left in it. */
function mayJoin({ request: running, fence }: Flight, own: SubgraphRequest, ownFence: string | undefined): boolean {
  if (running.body !== own.body || fence !== ownFence || running.cancellation?.isCancelled) return false;
  const now = Date.now();
  return running.deadline - now >= (own.deadline - now) / 2;
}

/** Waits until the flight lands, or until one's own time is over or one has gone. */
function wait(flight: Flight, deadline: number, gone: Cancellation | undefined, onEnd: OnEnd): void {
  const { request, waiting } = flight;
  const end = (outcome: Outcome) => {
    clearTimeout(timer);
    gone?.unlisten(leave);
    onEnd(outcome);
  };
  const giveUp = (failure: NoResponse) => {
    drop(waiting, end);
    if (waiting.length === 0) request.cancellation?.cancel();
    end(failure);
  };
  const leave = () => giveUp(nobodyWaits());
  const late = () => giveUp(new NoResponse('timeout', 'no complete response in time'));
  const timer = deadline < request.deadline ? setTimeout(late, Math.max(0, deadline - Date.now())) : undefined;
  gone?.listen(leave);
  waiting.push(end);
}

function drop<T>(list: T[], item: T): void {
  const place = list.lastIndexOf(item);
  if (place === -1) return;
  // Mostly it is the only one, and `splice` would make a list of what it takes out.
  if (place === list.length - 1) list.pop();
  else list.splice(place, 1);
}

const nobodyWaits = () => new NoResponse('cancelled', 'nobody waits for it any more');
