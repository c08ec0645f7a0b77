import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { isText } from './text.ts';

/** How many of a variant there are: in the warehouse, and promised of those. */
export type Level = { onHand: number; reserved: number };
export type MovementKind = 'RECEIPT' | 'CORRECTION' | 'RESERVATION' | 'RELEASE' | 'SHIPMENT';
/** A line of the ledger: the sum of a variant's movements is its level. */
export type Movement = {
  variantId: string;
  kind: MovementKind;
  onHandChange: number;
  reservedChange: number;
  orderId: string | undefined;
  note: string | undefined;
};
export type BookedMovement = Movement & { id: string; at: Date };
export type Adjustment = {
  variantId: string;
  change: number;
  isCorrection: boolean;
  note: string | undefined;
  expectedOnHand: number | undefined;
};

export const HIGHEST_ON_HAND = 1_000_000_000;
const LONGEST_NOTE = 200;

export const available = (level: Level): number => level.onHand - level.reserved;

export function apply(level: Level, movement: Pick<Movement, 'onHandChange' | 'reservedChange'>): Level {
  return { onHand: level.onHand + movement.onHandChange, reserved: level.reserved + movement.reservedChange };
}

/** The movement of goods booked by hand; rejected when the level does not allow it. */
export function adjust(level: Level, { change, note, expectedOnHand, ...adjustment }: Adjustment): Movement {
  const { variantId, isCorrection } = adjustment;
  if (note !== undefined && !isText(note, 0, LONGEST_NOTE)) {
    throw new Rejection('INVALID_NOTE', `the note may have ${LONGEST_NOTE} characters`, ['input', 'note']);
  }
  const onHand = level.onHand + change;
  if (expectedOnHand !== undefined && expectedOnHand !== level.onHand) {
    const message = `${level.onHand} are on hand, not ${expectedOnHand}: read the level again`;
    throw new Rejection('STOCK_CHANGED', message, ['input', 'expectedOnHand']);
  }
  const problem =
    problemOf(level, change, isCorrection) ?? (onHand < level.reserved ? belowReserved(level) : undefined);
  if (problem) throw Rejection.all([problem]);

  const kind = isCorrection ? 'CORRECTION' : 'RECEIPT';
  return { variantId, kind, onHandChange: change, reservedChange: 0, orderId: undefined, note };
}

function problemOf(level: Level, change: number, isCorrection: boolean): Problem | undefined {
  const invalid = (message: string) => ({ code: 'INVALID_QUANTITY', message, path: ['input', 'change'] });
  const onHand = level.onHand + change;
  if (change === 0) return invalid('a movement changes the level: give another number than 0');
  if (change < 0 && !isCorrection) return invalid('a receipt cannot be negative: book a correction');
  if (onHand < 0 || onHand > HIGHEST_ON_HAND) {
    return invalid(`${level.onHand} are on hand: ${onHand} would be outside 0 to ${HIGHEST_ON_HAND}`);
  }
  return undefined;
}

function belowReserved({ onHand, reserved }: Level): Problem {
  const message = `${reserved} of ${onHand} are promised to orders: at most ${onHand - reserved} can be taken out`;
  return { code: 'BELOW_RESERVED', message, path: ['input', 'change'] };
}
