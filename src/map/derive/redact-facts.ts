import { createHash } from 'node:crypto'
import { columnSize } from '../../columns.ts'
import { contentLimit, type Limits, shorten } from '../facts/column-limits.ts'
import type { Facts, Ranked, Statements, ToolAnswer, ToolAsk, ToolRun, UnknownUsage, Usage } from '../facts/facts.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Writable } from '../table/item.ts'
import { jsonText } from '../values/json.ts'
import type { Tree } from '../values/tree.ts'
import { storableAnswer, storableAsk, storableTool } from './limit-content.ts'

/** The facts whose texts are redacted here: those of events are redacted when they are written, and no sender writes a close. */
type Redacted = Omit<Facts, 'events' | 'close'>

/** How one field is redacted. */
type RedactField<Value> = (value: Value, redactor: Redactor, limits: Limits) => Value

/** What is told apart by its value, and is no text: ids, times, numbers, and words of ours. */
const keep = <Value>(value: Value): Value => value
const name: RedactField<string> = (text, redactor) => redactedName(text, redactor, columnSize.name)

/** A field of `Facts` that is missing here is a compile error. Ids are kept as they came: rows are found by them. */
const fields: { readonly [Field in keyof Redacted]: RedactField<Facts[Field]> } = {
  source: keep,
  trace: keep,
  id: keep,
  parent: keep,
  remoteParent: keep,
  startNs: keep,
  endNs: keep,
  open: keep,
  attributeCount: keep,
  digest: keep,
  name,
  kind: keep,
  dialect: keep,
  spanKind: keep,
  origin: name,
  service: name,
  workflowId: keep,
  agent: orNull(name),
  outcome: keep,
  error: orNull((error, redactor, { text }) => redactedText(error, redactor, text)),
  run: keep,
  endsWell: keep,
  statements: (statements, redactor, limits) => redactedStatements(statements, redactor, limits),
  usage: orNull(usage),
  unknownUsage: orNull(unknownUsage),
  unreadUsage: (all, redactor, limits) => (all.length === 0 ? all : all.map((one) => name(one, redactor, limits))),
  tool: orNull(toolRun),
  asks: (asks, redactor, limits) => (asks.length === 0 ? asks : asks.map((ask) => toolAsk(ask, redactor, limits))),
  answers: (answers, redactor, limits) =>
    answers.length === 0 ? answers : answers.map((answer) => toolAnswer(answer, redactor, limits)),
}

const names = (Object.keys(fields) as (keyof Redacted)[]).filter((field) => fields[field] !== keep)

/**
 * Redacts the texts of facts and cuts them to the limits. The facts must have been made without limits on texts: what was cut
 * before could be half a secret. Ids and the digest stay, so what is redacted never decides what is a duplicate (law 2).
 */
export function redactFacts(facts: Writable<Facts>, redactor: Redactor, limits: Limits): void {
  const redactField = <Field extends keyof Redacted>(field: Field) => {
    facts[field] = fields[field](facts[field], redactor, limits)
  }
  for (const field of names) redactField(field)
}

function orNull<Value>(redact: RedactField<Value>): RedactField<Value | null> {
  return (value, redactor, limits) => (value === null ? null : redact(value, redactor, limits))
}

/** The last word of a name that was cut may be half a secret. */
const lastWord = /[^\s]*$/

function redactedName(text: string, redactor: Redactor, size: number): string {
  if (text.length < size) return shorten(redactor.name(text), size)
  return shorten(`${redactor.name(text.replace(lastWord, ''))}…`, size)
}

/** Redacts a text and then cuts it. */
export function redactedText(text: string, redactor: Redactor, limit: number): string {
  return shorten(redactor.text(text, limit), limit)
}

function redactedStatements(statements: Statements, redactor: Redactor, limits: Limits): Statements {
  const { query, result, mode, workflowName } = statements
  return {
    ...statements,
    ...(query !== undefined && { query: ranked(query, redactor, limits) }),
    ...(result !== undefined && { result: ranked(result, redactor, limits) }),
    ...(mode !== undefined && { mode: redactedName(mode, redactor, columnSize.mode) }),
    ...(workflowName !== undefined && { workflowName: name(workflowName, redactor, limits) }),
  }
}

function ranked({ rank, value }: Ranked, redactor: Redactor, limits: Limits): Ranked {
  return { rank, value: redactedText(value, redactor, contentLimit(limits)) }
}

function usage(one: Usage, redactor: Redactor, limits: Limits): Usage {
  const { provider, model, responseModel, parts } = one
  const tier = parts?.serviceTier ?? null
  return {
    ...one,
    provider: provider === null ? null : redactedName(provider, redactor, columnSize.provider),
    model: model === null ? null : name(model, redactor, limits),
    responseModel: responseModel === null ? null : name(responseModel, redactor, limits),
    ...(parts !== undefined &&
      tier !== null && { parts: { ...parts, serviceTier: redactedName(tier, redactor, columnSize.provider) } }),
  }
}

function unknownUsage(one: UnknownUsage, redactor: Redactor, limits: Limits): UnknownUsage {
  return { ...one, model: one.model === null ? null : name(one.model, redactor, limits) }
}

function toolRun(tool: ToolRun, redactor: Redactor, limits: Limits): ToolRun {
  const redacted = {
    ...tool,
    callId: tool.callId === null ? null : redactedCallId(tool.callId, redactor),
    name: tool.name === null ? null : name(tool.name, redactor, limits),
    input: redactedInput(tool.input, redactor, limits),
    output: tool.output === null ? null : redactedText(tool.output, redactor, limits.text),
    error: tool.error === null ? null : redactedText(tool.error, redactor, limits.text),
  }
  return storableTool(redacted, limits)
}

function toolAsk(ask: ToolAsk, redactor: Redactor, limits: Limits): ToolAsk {
  const redacted = {
    ...ask,
    callId: redactedCallId(ask.callId, redactor),
    name: name(ask.name, redactor, limits),
    input: redactedInput(ask.input, redactor, limits),
  }
  return storableAsk(redacted, limits)
}

function toolAnswer(answer: ToolAnswer, redactor: Redactor, limits: Limits): ToolAnswer {
  const redacted = {
    ...answer,
    callId: redactedCallId(answer.callId, redactor),
    name: answer.name === null ? null : name(answer.name, redactor, limits),
    output: answer.output === null ? null : redactedText(answer.output, redactor, limits.text),
  }
  return storableAnswer(redacted, limits)
}

/** A call id that has blanks is made of the call's arguments, where its client gives none. One that was cut is hashed. */
function redactedCallId(callId: string, redactor: Redactor): string {
  if (!callId.includes(' ')) return callId
  return callId.length < columnSize.id
    ? redactedName(callId, redactor, columnSize.id)
    : createHash('sha256').update(callId).digest('hex')
}

/** Arguments are cut inside their JSON. */
function redactedInput(input: string | null, redactor: Redactor, { text }: Limits): string | null {
  if (input === null) return null
  const json = redactor.json(input)
  return json.length <= text ? json : jsonText(JSON.parse(json) as Tree, text)
}
