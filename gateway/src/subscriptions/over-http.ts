import type { Cancellation } from '@entrepot/kernel/cancellation';
import { Fault } from '@entrepot/kernel/fault';
import { runInSpan } from '@entrepot/telemetry/trace';
import { answerWith, type Result, refusal, resultOf } from '../operations/answers.ts';
import type { Answer, AnswerIncoming, Incoming, StreamedAnswer } from '../operations/http-request.ts';
import { mediaTypeFor } from '../operations/media-type.ts';
import { MULTIPART_TYPES, writeMultipart } from '../operations/multipart.ts';
import { RequestErrors } from '../operations/request-errors.ts';
import type { Door } from './door.ts';
import { ENDINGS } from './ending.ts';
import type { Live } from './live.ts';

export type StreamOptions = {
  /** How long the line may be silent. */
  heartbeatMs: number;
  /** How long a client may take for one part. */
  slowMs: number;
};

export type OverHttpParts = StreamOptions & {
  door: Door;
  answer: AnswerIncoming;
};

/** Serves what is asked for as a stream: by multipart (Apollo's protocol), or as server-sent events (graphql-sse's). */
export function createOverHttp(parts: OverHttpParts): AnswerIncoming {
  const { door, answer } = parts;
  const answerOrStream = async (incoming: Incoming, transport: 'multipart' | 'sse') => {
    try {
      const live = await door.open(incoming, transport, () => door.subscriberOf(incoming.headers.authorization));
      if (live) return stream(live, incoming.signal(), transport, parts);
    } catch (error) {
      return refuse(error, incoming, transport);
    }
    // Some clients would take a stream for any answer; only those who take nothing else are given one.
    const { headers } = incoming;
    if (mediaTypeFor(headers.accept) !== undefined) return answer(incoming);
    return once(await textOf(answer({ ...incoming, headers: { ...headers, accept: 'application/json' } })));
  };
  return (incoming) => {
    const transport = transportOf(incoming.headers.accept);
    return transport === undefined
      ? answer(incoming)
      : runInSpan(incoming.span, () => answerOrStream(incoming, transport));
  };
}

function transportOf(accept = ''): 'multipart' | 'sse' | undefined {
  if (/multipart\/mixed[^,]*;\s*subscriptionspec="?1/i.test(accept)) return 'multipart';
  return /text\/event-stream/i.test(accept) ? 'sse' : undefined;
}

/** Of an answer to whoever takes `application/json` and nothing else, which is one whole. */
export async function textOf(answering: ReturnType<AnswerIncoming>): Promise<string> {
  const answer = await answering;
  if ('parts' in answer) throw new Error('an answer came in parts to whoever does not take them');
  return `${answer.body}${answer.tail ?? ''}`;
}

function refuse(error: unknown, { headers: { accept } }: Incoming, transport: 'multipart' | 'sse') {
  const result = refusalOf(error);
  // graphql-sse demands that errors come as events, since browsers show nothing else of a response that they refuse.
  const mediaType = mediaTypeFor(accept);
  if (transport === 'sse' && mediaType === undefined) return once(result.body.toString());
  return answerWith(result, mediaType ?? 'application/json; charset=utf-8');
}

function refusalOf(error: unknown): Result {
  if (error instanceof RequestErrors) return refusal(error.errors);
  if (error instanceof Fault) return resultOf(error);
  throw error;
}

function stream(
  live: Live,
  gone: Cancellation,
  transport: 'multipart' | 'sse',
  options: StreamOptions,
): StreamedAnswer {
  const dropped = new AbortController();
  const drop = () => {
    live.end(ENDINGS.slow);
    dropped.abort();
  };
  gone.listen(() => live.end());
  if (gone.isCancelled) live.end();
  const parts = transport === 'sse' ? eventsOf(live, options.heartbeatMs) : payloadsOf(live, options.heartbeatMs);
  return {
    status: 200,
    headers: { ...HEADERS, 'content-type': transport === 'sse' ? EVENT_STREAM : MULTIPART_TYPES.subscription },
    parts: watched(transport === 'sse' ? parts : writeMultipart(parts), { ...options, drop, end: () => live.end() }),
    dropped: dropped.signal,
  };
}

async function* eventsOf(live: Live, heartbeatMs: number): AsyncGenerator<string> {
  // Something has to be written at once, so that the client sees that it is subscribed.
  yield ':\n\n';
  for (let answer = await live.next(heartbeatMs); answer; answer = await live.next(heartbeatMs))
    yield answer === 'idle' ? ':\n\n' : next(answer.text);
  if (live.ending?.error) yield next(JSON.stringify({ errors: [live.ending.error] }));
  yield COMPLETE;
}

async function* payloadsOf(live: Live, heartbeatMs: number): AsyncGenerator<string> {
  yield '{}';
  for (let answer = await live.next(heartbeatMs); answer; answer = await live.next(heartbeatMs))
    yield answer === 'idle' ? '{}' : `{"payload":${answer.text}}`;
  if (live.ending?.error) yield JSON.stringify({ payload: null, errors: [live.ending.error] });
}

type Watch = { slowMs: number; drop: () => void; end: () => void };

/** Drops a client that does not take a part in time, and lets go of the subscription when nobody reads any more. */
async function* watched(parts: AsyncIterable<string>, { slowMs, drop, end }: Watch): AsyncGenerator<string> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const part of parts) {
      timer = setTimeout(drop, slowMs);
      yield part;
      clearTimeout(timer);
    }
  } finally {
    clearTimeout(timer);
    end();
  }
}

function once(body: string): Answer {
  return { status: 200, headers: { ...HEADERS, 'content-type': EVENT_STREAM }, body: `${next(body)}${COMPLETE}` };
}

const next = (text: string) => `event: next\ndata: ${text}\n\n`;
const COMPLETE = 'event: complete\ndata: \n\n';
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
/** The last one is for nginx, which would collect the parts. */
const HEADERS = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
