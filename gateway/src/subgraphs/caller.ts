import { traceparentOf } from '@entrepot/telemetry/trace';
import type { Caller, RequestContext } from '../execute/request-context.ts';
import { headLine } from './http1/request-head.ts';

/** Who asks, for the heads of all requests of one operation: written and checked once. @throws NoResponse when it cannot be sent */
export function callerOf({ known, viewer, authorization, span }: RequestContext): Caller {
  if (known.caller) return known.caller;
  const who = headLine('x-viewer', viewer) + headLine('authorization', authorization);
  known.caller = { who, lines: who + headLine('traceparent', span && traceparentOf(span)) };
  return known.caller;
}
