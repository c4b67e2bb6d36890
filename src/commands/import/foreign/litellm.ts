import { type ForeignFormat, type ForeignRow, numberOf, objectOf, parsed, textOf, timeOf } from './span.ts'

/**
 * Rows of LiteLLM's table `LiteLLM_SpendLogs`: as psql copies it (CSV), or as `/spend/logs` answers (JSON). They become what
 * LiteLLM's callback sends over OTLP (docs/import.md).
 */
export const litellm: ForeignFormat = {
  name: 'litellm',
  scope: 'litellm',
  service: 'litellm',
  matches: (row) => textOf(row, 'request_id') !== null && 'spend' in row && 'call_type' in row,
  spansOf(row) {
    const id = textOf(row, 'request_id')!
    const failure = failureOf(row)
    const startNs = timeOf(row.startTime) ?? 0n
    return [
      {
        trace: textOf(row, 'session_id') ?? id,
        span: id,
        parent: null,
        name: 'litellm_request',
        startNs,
        endNs: timeOf(row.endTime) ?? startNs,
        error: failure,
        attributes: attributesOf(row, id, failure),
      },
    ]
  },
  lacksKinds: (row) => (numberOf(row, 'prompt_tokens') ?? 0) > 0 && Object.keys(kindsIn(usageObject(row))).length === 0,
}

function attributesOf(row: ForeignRow, id: string, failure: string | null): ForeignRow {
  const metadata = objectOf(row, 'metadata')
  const input = numberOf(row, 'prompt_tokens') ?? 0
  const output = numberOf(row, 'completion_tokens') ?? 0
  const isFailure = failure !== null
  const response = objectOf(row, 'response')
  return {
    'litellm.call_id': isFailure ? id : textOf(row, 'litellm_call_id'),
    'gen_ai.operation.name': operationOf(textOf(row, 'call_type') ?? ''),
    'gen_ai.request.model': textOf(row, 'model', 'model_group'),
    'gen_ai.system': textOf(row, 'custom_llm_provider'),
    'gen_ai.response.id': isFailure ? null : id,
    // a call that failed before it was answered has counters of 0
    ...(input + output > 0 && {
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
      'gen_ai.usage.total_tokens': numberOf(row, 'total_tokens'),
      'metadata.usage_object': usageObject(row),
    }),
    'gen_ai.cost.total_cost': numberOf(row, 'spend'),
    ...(/^true$/i.test(textOf(row, 'cache_hit') ?? String(row.cache_hit)) && {
      hidden_params: JSON.stringify({ cache_key: textOf(row, 'cache_key') ?? 'unknown', response_cost: 0 }),
    }),
    'metadata.user_api_key_hash': textOf(row, 'api_key'),
    'metadata.user_api_key_user_id': textOf(row, 'user'),
    'metadata.user_api_key_end_user_id': textOf(row, 'end_user'),
    'metadata.user_api_key_team_id': textOf(row, 'team_id') ?? textOf(metadata, 'user_api_key_team_id'),
    'metadata.user_api_key_org_id': textOf(row, 'organization_id'),
    'metadata.user_api_key_project_id': textOf(metadata, 'user_api_key_project_id'),
    'metadata.requester_metadata': metadata.requester_metadata,
    'gen_ai.input.messages': listIn(row.messages),
    'gen_ai.output.messages': messagesIn(response),
  }
}

/** `acompletion` and its like are chats; those of other kinds have names that the dialect knows. */
function operationOf(callType: string): string {
  if (/embedding/.test(callType)) return 'embeddings'
  if (/rerank/.test(callType)) return 'arerank'
  return /text_completion/.test(callType) ? 'text_completion' : 'chat'
}

/** The provider's own counters, which versions since 1.65 keep. */
function usageObject(row: ForeignRow): ForeignRow {
  return objectOf(objectOf(row, 'metadata'), 'usage_object')
}

function kindsIn(usage: ForeignRow): ForeignRow {
  const details = objectOf(usage, 'prompt_tokens_details')
  return Object.fromEntries(
    [...Object.entries(details), ...Object.entries(usage)].filter(
      ([name, value]) => /cache/.test(name) && typeof value === 'number',
    ),
  )
}

function failureOf(row: ForeignRow): string | null {
  const metadata = objectOf(row, 'metadata')
  const status = textOf(row, 'status') ?? textOf(metadata, 'status')
  if (status !== 'failure') return null
  const information = objectOf(metadata, 'error_information')
  return textOf(information, 'error_message', 'error_class') ?? 'the call failed'
}

function listIn(value: unknown): string | null {
  const read = parsed(value)
  return Array.isArray(read) && read.length > 0 ? JSON.stringify(read) : null
}

function messagesIn(response: ForeignRow): string | null {
  if (!Array.isArray(response.choices)) return null
  const messages = (response.choices as ForeignRow[]).flatMap((choice) => choice.message ?? [])
  return messages.length === 0 ? null : JSON.stringify(messages)
}
