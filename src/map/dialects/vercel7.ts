import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { genai, genaiFields } from './genai.ts'
import { hasRaised, unlessOnlyHeard } from './vercel.ts'

const context = idsWithPrefix('ai.settings.context.')
/** What the span processor of OpenInference makes of the same. */
const metadata = idsWithPrefix('metadata.')

/** Whoever aborts a run ends its spans as they are: nothing was raised, and nothing tells why or how it finished (trap 64). */
function wasAborted({ attributes, events }: Item): string | undefined {
  const operation = attributes.get('gen_ai.operation.name')
  if (operation !== 'chat' && operation !== 'invoke_agent') return undefined
  const said = ['gen_ai.response.finish_reasons', 'gen_ai.usage.output_tokens'].some((key) => attributes.has(key))
  return said || hasRaised(events) ? undefined : 'aborted'
}

/** The AI SDK of Vercel, version 7: the semantic conventions in a scope that is called just `gen_ai`. */
export const vercel7: Dialect = {
  ...genai,
  name: 'Vercel AI SDK 7',
  about: { seen: '7', signals: 'traces', silent: 'reasoning tokens' },
  detect: { scopes: ['gen_ai'], with: ['gen_ai.operation.name'] },
  kinds: genai.kinds,
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
  hasFailed: unlessOnlyHeard('gen_ai.tool.call.result', 'gen_ai.response.finish_reasons'),
}
