import { Fault } from '@entrepot/kernel/fault';
import { encodeViewer } from '@entrepot/kernel/viewer';
import { audienceOf } from './cache/audience.ts';
import { createRequestContext, type RequestContext } from './execute/request-context.ts';
import type { AskSubgraph, SubgraphAnswer, SubgraphCall } from './execute/subgraph-call.ts';
import type { ReadyParts } from './get-ready.ts';
import type { Admission } from './limits/admission.ts';
import { type MakeParts, rollIn } from './make-answer.ts';
import { look } from './may-begin.ts';
import type { Metrics } from './metrics.ts';
import { resultOf } from './operations/answers.ts';
import { RequestErrors } from './operations/request-errors.ts';
import { readResponse } from './subgraphs/read-response.ts';
import type { PreparedStream, PrepareStream } from './subscriptions/streamed.ts';
import type { Subscriber } from './subscriptions/subscriptions.ts';

export type PrepareStreamParts = MakeParts & ReadyParts & { metrics: Metrics };

/** Events come to whoever follows them from nowhere in particular. */
const UNKNOWN = { address: undefined, headers: {} } as const;
const NOTHING: SubgraphAnswer = {
  data: null,
  errors: [{ message: 'this was to learn what would be asked, and nobody was' }],
};
const MISSHAPEN: SubgraphAnswer = {
  data: null,
  errors: [
    {
      message: 'a part of the answer is not what the schema promises',
      extensions: { code: 'INVALID_SUBGRAPH_RESPONSE' },
    },
  ],
};

/**
 * Prepares subscriptions whose events come from a subgraph. An event is executed as any operation is, but that its first
 * fetch has been answered already, by the event; what other subgraphs have of it is fetched.
 */
export function createPrepareStream(parts: PrepareStreamParts): PrepareStream {
  return async ({ document, operationName, variables, subscriber }) => {
    const { viewer } = subscriber;
    const { generation, denials } = await look(parts, { document, operationName, variables, viewer });
    const { execute } = await generation.prepare(
      document,
      operationName,
      denials,
      rollIn(parts, { generation, viewer, incoming: UNKNOWN }),
    );
    const ask = parts.entities?.(generation.ask, generation.id) ?? generation.ask;
    const contextAt = (moment: string | undefined) => contextOf(parts, subscriber, operationName, moment);

    let call: SubgraphCall | undefined;
    const asking = await execute(variables, contextAt(undefined), async (first) => {
      call ??= first;
      return NOTHING;
    });
    if (!asking.isExecuted) throw new RequestErrors(asking.errors);
    const place = generation.subgraphs.find(({ name }) => name === call?.subgraph);
    if (call?.kind !== 'subscription' || !place)
      throw new Fault('OPERATION_RESOLUTION_FAILURE', 'this field cannot be subscribed to here');

    const execution = async (payload: unknown, moment: string) => {
      // Each is put together in a copy of its own.
      const event = readResponse(structuredClone(payload), undefined, parts.logger) ?? MISSHAPEN;
      const turn = createTurn(parts.admission, document.hash, ask);
      try {
        return await execute(variables, contextAt(moment), async (asked) =>
          asked.kind === 'subscription' ? event : turn.ask(asked),
        );
      } finally {
        await turn.end();
      }
    };
    const prepared: PreparedStream = {
      key: JSON.stringify([generation.id, document.hash, operationName, variables, denials?.key]),
      asked: { subgraph: place.name, url: place.url, call },
      async complete(payload, moment) {
        const began = performance.now();
        const { body, errors } = await execution(payload, moment).catch((error: unknown) => failed(parts, error));
        const outcome = errors.length === 0 ? 'ok' : 'error';
        parts.metrics.request(operationName, outcome, (performance.now() - began) / 1000);
        return body.toString();
      },
    };
    return prepared;
  };
}

function contextOf(
  { accessTokens, timeoutMs }: PrepareStreamParts,
  { viewer, authorization }: Subscriber,
  operationName: string | undefined,
  moment: string | undefined,
): RequestContext {
  const isShareable = accessTokens !== undefined || authorization === undefined;
  const who = {
    viewer: viewer && encodeViewer(viewer),
    authorization,
    audience: isShareable ? audienceOf(viewer) : undefined,
    fence: moment,
  };
  const context = createRequestContext(who, Date.now() + timeoutMs);
  context.known.operationName = operationName;
  return context;
}

/** An event that lacks nothing waits for nobody's turn; one that does comes after those who wait for an answer. */
function createTurn({ admit }: Admission, hash: string, ask: AskSubgraph) {
  let turn: ReturnType<Admission['admit']> | undefined;
  return {
    ask: async (call: SubgraphCall): Promise<SubgraphAnswer> => {
      turn ??= admit('background', hash);
      try {
        await turn;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { data: null, errors: [{ message: error.message, extensions: { code: error.code } }] };
      }
      return ask(call);
    },
    async end() {
      const release = await turn?.catch(() => undefined);
      release?.('done');
    },
  };
}

function failed({ logger }: PrepareStreamParts, error: unknown) {
  if (!(error instanceof Fault)) logger.error({ err: error }, 'an event failed inside the gateway');
  const fault = error instanceof Fault ? error : new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side');
  return { body: resultOf(fault).body, errors: [fault] };
}
