import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import { ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import createResponseCachePlugin from '@apollo/server-plugin-response-cache';

/** As their packages have them. */
export const plugins = [
  createResponseCachePlugin(),
  ApolloServerPluginCacheControl(),
  ApolloServerPluginInlineTrace(),
  ApolloServerPluginUsageReportingDisabled(),
];
