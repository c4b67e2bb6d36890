import { columnSize } from '../../columns.ts'
import { fitId, fitTenant, fitText, shorten } from '../facts/column-limits.ts'
import type { Facts, Kind, Ranked, Statements } from '../facts/facts.ts'
import type { Vocabulary } from '../lookup/vocabulary.ts'
import type { Talk } from '../messages/messages.ts'
import { type Narrow, noFields } from '../table/compile.ts'
import type { Speech } from '../table/matched-dialects.ts'
import { asAmount, asId, asName, asText, first, type Reading, type Source, type Writable } from '../table/reading.ts'

const runs: ReadonlySet<Kind> = new Set(['workflow', 'task', 'agent'])

/** One span or record, as far as it is understood when its statements are read. */
export interface Understood {
  readonly reading: Reading
  readonly dialect: Narrow
  readonly speech: Speech
  readonly vocabulary: Vocabulary
  readonly kind: Kind
  readonly talk: Talk | null
  readonly source: Facts['source']
}

/**
 * What a span says about its run. Ids are asked of its dialect first, then of all others that it speaks, for processors
 * stamp theirs on any span; texts of its dialect, then of the plain attributes, which people write. The plain texts
 * (`query`, `result` are everyday words) count only where the span is the top of something or stands for a run.
 */
export function statementsOf(understood: Understood, textLimit: number): Statements {
  const { reading, dialect, speech, vocabulary, kind, talk, source } = understood
  const { ids } = speech
  const { fields } = dialect
  const plain = vocabulary.plain.fields
  const heads = reading.top || runs.has(kind) || (kind === 'plain' && reading.workflowId !== null)
  const texts = fields === plain && !heads ? noFields : fields
  const plainTexts = heads ? plain : vocabulary.own
  const messageRank = source === 'record' ? 3 : kind === 'llm' ? 2 : 1
  const statedQuery = textIn(reading, texts.query, textLimit) ?? textIn(reading, plainTexts.query, textLimit)
  const query = best(statedQuery, talk?.asked ?? null, messageRank)
  const statedResult = textIn(reading, texts.result, textLimit) ?? textIn(reading, plainTexts.result, textLimit)
  const result = best(statedResult, talk?.answered ?? null, messageRank)
  const user = best(idIn(reading, ids.user), null, 1)
  // a conversation is one only where the dialect says so
  const session = best(idIn(reading, ids.session), idIn(reading, fields.conversation), 1)
  const mode = textIn(reading, texts.mode, columnSize.mode) ?? textIn(reading, plainTexts.mode, columnSize.mode)
  const complexity = complexityIn(reading, texts.complexity) ?? complexityIn(reading, plainTexts.complexity)
  const tenant = idIn(reading, ids.tenant)
  const workflowName = nameIn(reading, fields.workflowName)
  const parentWorkflow = idIn(reading, ids.parentWorkflow)
  const said: Writable<Statements> = {}
  if (query !== null) said.query = query
  if (result !== null) said.result = result
  if (user !== null) said.user = user
  if (session !== null) said.session = session
  if (mode !== null) said.mode = mode
  if (complexity !== null) said.complexity = complexity
  if (tenant !== null) said.tenantId = fitTenant(tenant)
  if (workflowName !== null) said.workflowName = workflowName
  if (parentWorkflow !== null) said.parentWorkflow = parentWorkflow
  return said
}

function textIn(reading: Reading, places: readonly Source[], limit: number): string | null {
  const value = first(reading, places, asText)
  return value === null ? null : shorten(value, limit)
}

/** An id in the first of these places that has one, at most 255 characters. */
export function idIn(reading: Reading, places: readonly Source[]): string | null {
  const value = first(reading, places, asId)
  return value === null ? null : fitId(value)
}

/** A name in the first of these places that has one, at most 255 characters. */
export function nameIn(reading: Reading, places: readonly Source[]): string | null {
  const value = first(reading, places, asName)
  return value === null ? null : fitText(value, columnSize.name)
}

function best(stated: string | null, heard: string | null, heardRank: number): Ranked | null {
  if (stated !== null) return { rank: 0, value: stated }
  return heard === null ? null : { rank: heardRank, value: heard }
}

/** A number outside of 0 to 1 is on another scale; to cut it to 1.00 would make it a lie. */
function complexityIn(reading: Reading, places: readonly Source[]): number | null {
  const score = first(reading, places, asAmount)
  return score === null || score > 1 ? null : Math.round(score * 100) / 100
}
