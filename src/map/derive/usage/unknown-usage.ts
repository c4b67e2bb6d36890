import { largestInteger } from '../../../columns.ts'
import { callKinds, type UnknownUsage, type Usage } from '../../facts/facts.ts'
import type { CompiledDialect } from '../../table/compile.ts'
import type { Item } from '../../table/item.ts'
import { firstValue } from '../../table/source.ts'
import { asCount } from '../../values/convert.ts'
import type { Tree } from '../../values/tree.ts'
import type { RecognisedItem } from '../recognised-item.ts'
import { idIn, nameIn } from '../statements.ts'

/** What every dialect calls the reason why an answer ended, a message of the model, and the vector that an embedding is. */
const answerKeys = /(finish_?reasons?|stop_?reason|embedding\.vector)$|^llm\.output_messages\./i

/**
 * Returns what is known of an answered model call whose usage is not, or has counters that can't be true: below 0, larger
 * than any model takes, or a prompt of nothing. A stream has no usage unless its client asks for it (OpenAI's
 * `include_usage`), and the provider bills it all the same. null: the usage is known, another trace may report it, or the
 * provider was not asked.
 */
export function unknownUsageOf(recognised: RecognisedItem, usage: Usage | null): UnknownUsage | null {
  const { item, kind, dialect } = recognised
  if (!callKinds.has(kind) || (usage !== null && hasUsableCounters(item, dialect, usage))) return null
  const { billed, elsewhere } = dialect.usage
  if (elsewhere === true || billed?.(item) === false) return null
  const responseId = idIn(item, dialect.fields.responseId)
  if (responseId === null && !hasAnswer(recognised)) return null
  return {
    class: kind === 'llm' ? 'chat' : (kind as 'embedding' | 'rerank'),
    responseId,
    model: nameIn(item, dialect.fields.responseModel) ?? nameIn(item, dialect.fields.model),
  }
}

function hasAnswer({ item, kind, summary }: RecognisedItem): boolean {
  // `output.value` is the output of any function, such as one that only prepares the request
  const hasText = kind === 'llm' && summary !== null && summary.assistantText !== null
  if (hasText && !item.attributes.has('output.value')) return true
  for (const key of item.attributes.keys()) if (answerKeys.test(key)) return true
  return false
}

function hasUsableCounters(item: Item, { fields }: CompiledDialect, usage: Usage): boolean {
  if (usage.role !== 'call') return true
  const { prompt, completion } = usage
  if (prompt === 0 || prompt === largestInteger || completion === largestInteger) return false
  return completion > 0 || !isUnusable(item, fields.completion)
}

/** Whether a counter is stated only as what no count is. */
function isUnusable(item: Item, sources: CompiledDialect['fields']['completion']): boolean {
  return firstValue(item, sources, asCount) === null && firstValue(item, sources, asNoCount) !== null
}

/** Returns a number that is no count, such as -1. Text and NaN are left out: clients write them where they know nothing. */
function asNoCount(value: Tree): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && number < 0 ? number : null
}
