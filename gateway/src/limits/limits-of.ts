import type { Config } from '../config.ts';
import type { OperationLimits } from './operation-limits.ts';
import type { ScanLimits } from './scan-document.ts';
import type { VariableLimits } from './variable-limits.ts';

export type Limits = { document: ScanLimits; operation: OperationLimits; variables: VariableLimits };

export function limitsOf(config: Config): Limits {
  return {
    document: {
      maxLength: config.MAX_DOCUMENT_LENGTH,
      maxTokens: config.MAX_TOKENS,
      maxNesting: config.MAX_NESTING,
    },
    operation: {
      maxDepth: config.MAX_DEPTH,
      maxAliases: config.MAX_ALIASES,
      maxRootFields: config.MAX_ROOT_FIELDS,
      maxDirectives: config.MAX_DIRECTIVES,
      maxDirectivesPerElement: config.MAX_DIRECTIVES_PER_ELEMENT,
      maxRepeats: config.MAX_REPEATED_FIELDS,
      maxFields: config.MAX_FIELDS,
      maxOperations: config.MAX_OPERATIONS,
      maxFragments: config.MAX_FRAGMENTS,
      maxVariables: config.MAX_VARIABLES,
    },
    variables: { maxNesting: config.MAX_NESTING, maxBytes: config.MAX_VARIABLE_BYTES },
  };
}
