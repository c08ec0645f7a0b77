import { Fault } from '@entrepot/kernel/fault';

/** @throws Fault OPERATION_TOO_LARGE when `value` is above `limit` */
export function refuseAbove(limit: number, value: number, subject: string, unit: string): void {
  if (value > limit)
    throw new Fault('OPERATION_TOO_LARGE', `${subject} ${value} ${unit}, ${limit} at most are allowed`);
}
