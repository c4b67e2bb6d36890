import { columnSize } from '../../columns.ts'
import { contentLimit, fitId, fitTenant, fitText, shorten } from '../facts/column-limits.ts'
import type { Kind, Ranked, Statements } from '../facts/facts.ts'
import { noFields } from '../table/compile.ts'
import type { Item, Writable } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asAmount, asId, asName, asText } from '../values/convert.ts'
import type { RecognisedItem } from './recognised-item.ts'

/** The kinds that are a run or a part of one, on which the plain texts count. */
const runs: ReadonlySet<Kind> = new Set(['workflow', 'task', 'agent'])

/**
 * Returns what an item states about its run. Ids are read from its dialect first, then from all other dialects that
 * match, because processors stamp their ids on any span. Texts are read from its dialect, then from the plain attributes
 * of applications. The plain texts (`query` and `result` are everyday words) count only on a span at the top of its
 * process, on a run's span, and on a plain span that names its workflow.
 */
export function statementsOf(recognised: RecognisedItem): Statements {
  const { item, dialect, matched, vocabulary, kind, summary } = recognised
  const { ids } = matched
  const { fields } = dialect
  const limit = contentLimit(recognised.limits)
  const plain = vocabulary.plain.fields
  const allowsPlainTexts = item.isTop || runs.has(kind) || (kind === 'plain' && item.workflowId !== null)
  const texts = fields === plain && !allowsPlainTexts ? noFields : fields
  const plainTexts = allowsPlainTexts ? plain : vocabulary.custom
  const messageRank = item.isRecord ? 3 : kind === 'llm' ? 2 : 1
  const statedQuery = textIn(item, texts.query, limit) ?? textIn(item, plainTexts.query, limit)
  const query = best(statedQuery, summary?.userText ?? null, messageRank)
  const statedResult = textIn(item, texts.result, limit) ?? textIn(item, plainTexts.result, limit)
  const result = best(statedResult, summary?.assistantText ?? null, messageRank)
  const user = best(idIn(item, ids.user), null, 1)
  // a conversation id is a session only where the item's own dialect says so
  const session = best(idIn(item, ids.session), idIn(item, fields.conversation), 1)
  const mode = textIn(item, texts.mode, columnSize.mode) ?? textIn(item, plainTexts.mode, columnSize.mode)
  const complexity = complexityIn(item, texts.complexity) ?? complexityIn(item, plainTexts.complexity)
  const tenant = idIn(item, ids.tenant)
  const workflowName = nameIn(item, fields.workflowName)
  const parentWorkflow = idIn(item, ids.parentWorkflow)
  const statements: Writable<Statements> = {}
  if (query !== null) statements.query = query
  if (result !== null) statements.result = result
  if (user !== null) statements.user = user
  if (session !== null) statements.session = session
  if (mode !== null) statements.mode = mode
  if (complexity !== null) statements.complexity = complexity
  if (tenant !== null) statements.tenantId = fitTenant(tenant)
  if (workflowName !== null) statements.workflowName = workflowName
  if (parentWorkflow !== null) statements.parentWorkflow = parentWorkflow
  for (const _ in statements) return statements
  return noStatements
}

const noStatements: Statements = {}

function textIn(item: Item, sources: readonly Source[], limit: number): string | null {
  const value = firstValue(item, sources, asText)
  return value === null ? null : shorten(value, limit)
}

/** Returns the id at the first of these sources that has one, at most 255 characters. */
export function idIn(item: Item, sources: readonly Source[]): string | null {
  const value = firstValue(item, sources, asId)
  return value === null ? null : fitId(value)
}

/** Returns the name at the first of these sources that has one, at most 255 characters. */
export function nameIn(item: Item, sources: readonly Source[]): string | null {
  const value = firstValue(item, sources, asName)
  return value === null ? null : fitText(value, columnSize.name)
}

/** Returns a stated value with rank 0, else the other value with its rank. */
function best(stated: string | null, other: string | null, otherRank: number): Ranked | null {
  if (stated !== null) return { rank: 0, value: stated }
  return other === null ? null : { rank: otherRank, value: other }
}

/** Returns a score of 0.00 to 1.00. A larger number is on another scale, and 1.00 in its place would be false. */
function complexityIn(item: Item, sources: readonly Source[]): number | null {
  const score = firstValue(item, sources, asAmount)
  return score === null || score > 1 ? null : Math.round(score * 100) / 100
}
