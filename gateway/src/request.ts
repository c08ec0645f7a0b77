import type { Viewer } from '@entrepot/kernel/viewer';
import type { AnswerPolicy } from './cache/answer-policy.ts';

/** What the gateway knows of a request while it is answered; the context of Apollo Server. */
export type GatewayRequest = {
  readonly viewer: Viewer | undefined;
  /** Sent on to the subgraphs; undefined when the gateway has checked the token itself. */
  readonly authorization: string | undefined;
  /** Collects what the subgraphs said about keeping their answers. */
  readonly policy: AnswerPolicy;
  /** Set once the operation is known. */
  outcome: {
    operation: string | undefined;
    kind: 'query' | 'mutation' | 'subscription' | undefined;
    hasErrors: boolean;
  };
};
