import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { genai, genaiFields } from './genai.ts'
import { hasRaised, ignoringCopiedErrors } from './vercel.ts'

const context = idsWithPrefix('ai.settings.context.')
/** The same ids as the span processor of OpenInference renames them. */
const metadata = idsWithPrefix('metadata.')

/** Returns `aborted` for a span that an abort ended: it has no exception, no finish reason and no output tokens (trap 64). */
function wasAborted({ attributes, events }: Item): string | undefined {
  const operation = attributes.get('gen_ai.operation.name')
  if (operation !== 'chat' && operation !== 'invoke_agent') return undefined
  const hasFinished = ['gen_ai.response.finish_reasons', 'gen_ai.usage.output_tokens'].some((key) =>
    attributes.has(key),
  )
  return hasFinished || hasRaised(events) ? undefined : 'aborted'
}

/** Whether a span is around the call for embeddings or a ranking, whose own span has the same name and the counters. */
function isAroundCall({ attributes, events }: Item): boolean {
  const operation = attributes.get('gen_ai.operation.name')
  if ((operation !== 'embeddings' && operation !== 'rerank') || hasRaised(events)) return false
  return ![...attributes.keys()].some((key) => key.startsWith('gen_ai.usage.') || key.startsWith('gen_ai.response.'))
}

/** The AI SDK of Vercel, version 7: the semantic conventions with the scope `gen_ai` (docs/dialects.md §4). */
export const vercel7: Dialect = {
  ...genai,
  name: 'Vercel AI SDK 7',
  about: { seen: '7', signals: 'traces', silent: 'reasoning tokens' },
  detect: { scopes: ['gen_ai'], with: ['gen_ai.operation.name'] },
  kinds: [{ kind: 'plain', when: isAroundCall }, ...genai.kinds],
  fields: {
    ...genaiFields,
    workflowId: [...context.workflowId, ...metadata.workflowId],
    user: [...context.user, ...metadata.user],
    session: [...context.session, ...metadata.session],
    conversation: [...genaiFields.conversation!, ...context.conversation, ...metadata.conversation],
    tenant: [...context.tenant, ...metadata.tenant],
    reasoning: [...genaiFields.reasoning!, 'ai.usage.outputTokenDetails.reasoningTokens'],
    status: [wasAborted],
  },
  usage: { ...genai.usage, trust: 20, cache: 'included', reasoning: 'included' },
  hasFailed: ignoringCopiedErrors('gen_ai.tool.call.result', 'gen_ai.response.finish_reasons'),
}
