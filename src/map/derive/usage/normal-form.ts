import type { UsageClass } from '../../facts/facts.ts'
import type { Inclusion } from '../../table/dialect.ts'

/** The token counters as a dialect states them; null: not stated. */
export interface Counters {
  readonly prompt: number | null
  readonly completion: number | null
  readonly total: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
}

/** Whether the stated prompt includes cached tokens, and the stated completion reasoning tokens. */
export interface Inclusions {
  readonly cache: Inclusion
  readonly reasoning: Inclusion
  /** Whether tokens that only the total counts are reasoning. */
  readonly restIsReasoning?: boolean
}

/** Prompt and completion in the normal form of docs/design.md §4.4, and the steps that led there. */
export interface NormalForm {
  readonly prompt: number
  readonly completion: number
  readonly how: string
}

/**
 * Brings counters into the normal form: the prompt with cached reads and writes, the completion with reasoning. A table
 * can be wrong about a provider that it doesn't know, so numbers that contradict it win (docs/dialects.md §0.4). Returns
 * null where no prompt, completion or total is stated.
 */
export function normalForm(
  counters: Counters,
  { cache, reasoning, restIsReasoning = false }: Inclusions,
  usageClass: UsageClass,
): NormalForm | null {
  const split = splitOf(counters, usageClass)
  if (split === null) return null
  const reasoningTokens = counters.reasoning ?? 0
  const excess = counters.total === null ? null : counters.total - split.prompt - split.completion
  const addedInput = cachedCorrection(counters, { whole: split.prompt, excess }, cache)
  // the excess of the total is used once, for the cached tokens first
  const excessLeft = excess === null ? null : excess - addedInput
  const output = { part: reasoningTokens, whole: split.completion, excess: excessLeft, otherPart: 0 }
  const isRest = restIsReasoning && reasoningTokens === 0 && excessLeft !== null && excessLeft > 0
  const addedOutput = isRest ? excessLeft : correction(output, reasoning)
  return {
    prompt: split.prompt + addedInput,
    completion: split.completion + addedOutput,
    how:
      joined(
        joined(split.how, stepOf('prompt', addedInput, 'cached')),
        stepOf('completion', addedOutput, 'reasoning'),
      ) || 'as reported',
  }
}

function joined(steps: string, step: string): string {
  return steps === '' || step === '' ? steps + step : `${steps}, ${step}`
}

function stepOf(whole: string, added: number, part: string): string {
  return added === 0 ? '' : `${whole} ${added > 0 ? '+' : '-'} ${part}`
}

/** A part, such as cached tokens, beside the whole that should include it once. */
interface PartOfWhole {
  readonly part: number
  readonly whole: number
  /** What the stated total counts more than prompt and completion; null: no total. */
  readonly excess: number | null
  readonly otherPart: number
}

/** Returns what must be added to the prompt; the total may show that it includes only the read or the written tokens. */
function cachedCorrection(
  { cacheRead, cacheWrite, reasoning }: Counters,
  { whole, excess }: Pick<PartOfWhole, 'whole' | 'excess'>,
  inclusion: Inclusion,
): number {
  const [read, written] = [cacheRead ?? 0, cacheWrite ?? 0]
  const lacksRead = excess === read && whole >= written
  const lacksWritten = excess === written && whole >= read
  const lacksOne = read > 0 && written > 0 && (lacksRead || lacksWritten)
  return lacksOne ? excess! : correction({ part: read + written, whole, excess, otherPart: reasoning ?? 0 }, inclusion)
}

/**
 * Returns what must be added to the whole so that it includes the part once. The part is excluded if it is larger than the
 * whole, or if the excess is exactly this part (or this and the other one).
 */
function correction({ part, whole, excess, otherPart }: PartOfWhole, inclusion: Inclusion): number {
  if (part === 0) return 0
  if (inclusion === 'twice' && whole >= 2 * part) return -part
  const isExcess = excess === part || (otherPart > 0 && excess === part + otherPart)
  return inclusion === 'excluded' || part > whole || isExcess ? part : 0
}

/** Returns prompt and completion as stated, or as they follow from the total. */
function splitOf({ prompt, completion, total }: Counters, usageClass: UsageClass): NormalForm | null {
  // an embedding or a ranking has no output tokens
  if (usageClass !== 'chat') {
    const all = prompt ?? total
    return all === null ? null : { prompt: all, completion: 0, how: prompt === null ? 'prompt = total' : '' }
  }
  if (prompt !== null) {
    if (completion !== null) return { prompt, completion, how: '' }
    return {
      prompt,
      completion: Math.max((total ?? prompt) - prompt, 0),
      how: total === null ? '' : 'completion = total - prompt',
    }
  }
  if (completion !== null) {
    return {
      prompt: Math.max((total ?? completion) - completion, 0),
      completion,
      how: total === null ? '' : 'prompt = total - completion',
    }
  }
  return total === null ? null : { prompt: total, completion: 0, how: 'prompt = total' }
}
