import type { ApolloServerPlugin } from '@apollo/server';

/** The hooks that were called, in order. */
export const hooks: string[] = [];

const note = (hook: string) => void hooks.push(hook);
const ended = (hook: string) => async () => note(hook);

/** Notes every hook that Apollo Server documents, and changes nothing. */
const plugin: ApolloServerPlugin = {
  async serverWillStart() {
    note('serverWillStart');
    return {
      schemaDidLoadOrUpdate: ({ apiSchema }) =>
        note(`schemaDidLoadOrUpdate ${Object.keys(apiSchema.getQueryType()?.getFields() ?? {}).length}`),
      drainServer: ended('drainServer'),
      serverWillStop: ended('serverWillStop'),
    };
  },
  async requestDidStart({ request }) {
    note(`requestDidStart ${request.http?.method}`);
    return {
      didResolveSource: ended('didResolveSource'),
      async parsingDidStart() {
        note('parsingDidStart');
        return ended('parsingDidEnd');
      },
      async validationDidStart() {
        note('validationDidStart');
        return ended('validationDidEnd');
      },
      didResolveOperation: ended('didResolveOperation'),
      didEncounterErrors: async ({ errors }) =>
        note(`didEncounterErrors ${errors.map(({ extensions }) => extensions.code)}`),
      async responseForOperation() {
        note('responseForOperation');
        return null;
      },
      async executionDidStart() {
        note('executionDidStart');
        return { executionDidEnd: ended('executionDidEnd') };
      },
      async willSendResponse({ response }) {
        note(`willSendResponse ${response.body.kind}`);
        response.http.headers.set('x-plugin', 'was here');
      },
      didEncounterSubsequentErrors: async (_, errors) =>
        note(`didEncounterSubsequentErrors ${errors.map(({ extensions }) => extensions.code)}`),
      willSendSubsequentPayload: async (_, { hasNext }) => note(`willSendSubsequentPayload ${hasNext}`),
    };
  },
};

export const plugins = [plugin];
