import type { Envelope } from '@entrepot/events/contract';

/** Whoever wants to know of changes. */
export type Listener = {
  isAbout(eventType: string): boolean;
  /** `sequence` grows with each event: who reads after hearing of it sees what the event tells, or later. */
  onChange(id: string, sequence: number): void;
  /** Events may have been lost, of anything. */
  onMissed(sequence: number): void;
};

export type Hub = {
  /** Returns how to stop listening. */
  listen(topic: string, listener: Listener): () => void;
  publish(events: readonly Envelope[]): void;
  missed(): void;
  /** The last event that was told, or its like. */
  sequence(): number;
};

/** `onHeard` is told when the newest of some events happened that listeners are about to be told. */
export type HubOptions = { onHeard?: (at: string) => void };

export const entityTopic = (type: string, id: string): string => `${type}:${id}`;
export const ownTopic = (type: string, viewerId: string): string => `${type}@${viewerId}`;

/**
 * Brings events to their listeners, of whom there may be many thousands: an event looks up those of the entities that it is
 * about (`purges`), and those who follow whatever of this type is their own (`audience`). It meets nobody else.
 */
export function createHub({ onHeard }: HubOptions = {}): Hub {
  const topics = new Map<string, Set<Listener>>();
  let sequence = 0;

  const tell = (topic: string, eventType: string, id: string) => {
    for (const listener of topics.get(topic) ?? []) if (listener.isAbout(eventType)) listener.onChange(id, sequence);
  };

  return {
    listen(topic, listener) {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
    },
    publish(events) {
      const newest = events.at(-1);
      if (newest) onHeard?.(newest.time);
      for (const { type: eventType, purges, audience } of events) {
        sequence++;
        for (const tag of texts(purges)) {
          const colon = tag.indexOf(':');
          // The tag of a type alone is of its lists.
          if (colon === -1) continue;
          const type = tag.slice(0, colon);
          const id = tag.slice(colon + 1);
          tell(tag, eventType, id);
          for (const viewerId of texts(audience)) tell(ownTopic(type, viewerId), eventType, id);
        }
      }
    },
    sequence: () => sequence,
    missed() {
      sequence++;
      for (const listeners of [...topics.values()]) for (const listener of [...listeners]) listener.onMissed(sequence);
    },
  };
}

/** Whatever lies in the log, only texts are looked up. */
const texts = (values: unknown): string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
