import { Fault } from '@entrepot/kernel/fault';

export type Admissions = {
  /** Lets one more in, and returns how it leaves. @throws Fault when there are too many */
  enter(viewerId: string | undefined): () => void;
};

/** How many may be there at once: in all, and of one viewer. */
export function createAdmissions({ max, maxPerViewer }: { max: number; maxPerViewer: number }): Admissions {
  const byViewer = new Map<string, number>();
  let size = 0;
  return {
    enter(viewerId) {
      if (size >= max) throw new Fault('OVERLOADED', 'there are too many subscriptions here: try again', RETRY);
      const own = viewerId === undefined ? 0 : (byViewer.get(viewerId) ?? 0);
      if (own >= maxPerViewer) throw new Fault('RATE_LIMITED', `${maxPerViewer} subscriptions at once are the most`);
      size++;
      if (viewerId !== undefined) byViewer.set(viewerId, own + 1);
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        size--;
        if (viewerId === undefined) return;
        const left = (byViewer.get(viewerId) ?? 1) - 1;
        if (left > 0) byViewer.set(viewerId, left);
        else byViewer.delete(viewerId);
      };
    },
  };
}

const RETRY = { retryAfterS: 5 };
