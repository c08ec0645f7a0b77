import type { Logger } from '@entrepot/telemetry/logger';
import type { Address, Place } from './addresses.ts';
import { createReplica, type Replica } from './replica.ts';
import { createReplicaHealth, type ReplicaHealth } from './replica-health.ts';
import type { Tuning } from './tuning.ts';

/** A replica with what is known of its health. */
export type Member = { readonly replica: Replica; readonly health: ReplicaHealth };

export type ReplicaSet = {
  /** The better one of two that are well, but for those already tried where there are others; undefined while no address is known. */
  pick(tried: readonly Member[]): Member | undefined;
  /** Settled when the first try to find addresses is over. */
  found(): Promise<void> | undefined;
  counts(): { healthy: number; ejected: number };
  close(): void;
};

export type ReplicaSetOptions = {
  place: Place;
  credential: string | undefined;
  probe: (replica: Replica) => Promise<boolean>;
  onEjection: () => void;
  tuning: Tuning;
  logger: Logger;
};

const RESOLVE_AGAIN_MS = 500;

/** All replicas of one subgraph, kept up with where the subgraph is, and how well each is. */
export function createReplicaSet(options: ReplicaSetOptions): ReplicaSet {
  const { place, credential, probe, onEjection, tuning, logger } = options;
  let members: readonly Member[] = [];
  let resolving: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const mayEject = () => {
    const ejected = members.filter(({ health }) => health.isEjected()).length;
    // Never more than half: should most of them look ill, it is rather us, or the load.
    return (ejected + 1) * 2 <= members.length;
  };

  const join = (address: Address, isNew: boolean): Member => {
    const replica = createReplica(address, credential, tuning);
    const onEject = () => {
      onEjection();
      logger.warn({ replica: replica.key }, 'a replica of a subgraph gets no requests for a while');
      replica.interrupt();
    };
    const onReturn = () => logger.info({ replica: replica.key }, 'a replica of a subgraph is back');
    const health = createReplicaHealth({ tuning, mayEject, isNew, probe: () => probe(replica), onEject, onReturn });
    return { replica, health };
  };

  const leave = ({ replica, health }: Member) => {
    health.close();
    // Its requests may finish, for as long as any request may take that began before.
    setTimeout(() => replica.close(), tuning.maxIdleMs).unref();
  };

  const take = (addresses: readonly Address[]) => {
    const before = new Map(members.map((member) => [member.replica.key, member]));
    members = addresses.map((address) => before.get(address.key) ?? join(address, before.size > 0));
    for (const member of before.values()) if (!members.includes(member)) leave(member);
  };

  const resolve = async (from: Extract<Place, { kind: 'dns' }>) => {
    let isKnown = false;
    try {
      const addresses = await from.resolve();
      if (isClosed) return;
      // A name that has lost all of its addresses is rather an outage of DNS than of everything behind it.
      isKnown = addresses.length > 0;
      if (isKnown) take(addresses);
    } catch (error) {
      logger.warn({ err: error }, 'the name of a subgraph has no address; those it had are asked on');
    }
    resolving = undefined;
    if (isClosed) return;
    const againMs = isKnown ? tuning.resolveEveryMs : RESOLVE_AGAIN_MS;
    timer = setTimeout(() => void resolve(from), againMs).unref();
  };

  if (place.kind === 'list') take(place.addresses);
  else resolving = resolve(place);

  /** A replica that is stopped, and not dead, leaves its requests without a word: ask whether it still lives. */
  const listener = setInterval(() => {
    if (members.length < 2) return;
    for (const { replica, health } of members) if (replica.silentMs() > tuning.silenceMs) health.suspect();
  }, tuning.silenceMs / 4).unref();

  return {
    pick(tried) {
      const well = members.filter(({ health }) => health.isWell());
      // With none left that is well, any of them may be: better some answers than certainly none.
      const usable = well.length > 0 ? well : members;
      const untried = tried.length === 0 ? usable : usable.filter((member) => !tried.includes(member));
      return lessBusy(untried.length > 0 ? untried : usable);
    },
    found: () => resolving,
    counts() {
      const ejected = members.filter(({ health }) => health.isEjected()).length;
      return { healthy: members.length - ejected, ejected };
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(listener);
      for (const { replica, health } of members) {
        health.close();
        replica.close();
      }
    },
  };
}

/**
 * Two at random, and the one of them with fewer requests: nearly as good as the best of all, and no herd runs to it. Who is to get less
 * than a whole share leaves the rest of it to the other.
 */
function lessBusy(members: readonly Member[]): Member | undefined {
  const count = members.length;
  if (count < 2) return members[0];
  const first = Math.floor(Math.random() * count);
  const second = (first + 1 + Math.floor(Math.random() * (count - 1))) % count;
  const [one, other] = [members[first], members[second]];
  if (!one || !other) return one ?? other;
  const [better, worse] = other.replica.running() < one.replica.running() ? [other, one] : [one, other];
  const share = better.health.share();
  return share === 1 || share >= Math.random() * worse.health.share() ? better : worse;
}
