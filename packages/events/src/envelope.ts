import type { Envelope } from './contract.ts';

/** The type of what lies in the log and is no event: of interest to nobody, and in nobody's way. */
export const UNREADABLE = 'entrepot.unreadable';

/**
 * Reads an event from the log. Only what everybody relies on is looked at here; its data are checked by whoever
 * handles it, and foreign bytes in a topic must not stop those who read it.
 */
export function parseEnvelope(text: string | undefined): Envelope {
  try {
    const envelope: Envelope | null = JSON.parse(text ?? '');
    if (typeof envelope?.type === 'string' && typeof envelope.id === 'string') return envelope;
  } catch {
    // Not even JSON: unreadable, like the rest.
  }
  return {
    specversion: '1.0',
    id: '',
    source: '',
    type: UNREADABLE,
    subject: '',
    time: '',
    datacontenttype: 'application/json',
    data: text,
  };
}

export function serialise(envelope: Envelope | string): string {
  return typeof envelope === 'string' ? envelope : JSON.stringify(envelope);
}
