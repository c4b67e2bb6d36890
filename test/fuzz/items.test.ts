import { expect, test } from 'vitest'
import { largestBigint, largestInteger } from '../../src/columns.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { EventFact, Facts } from '../../src/map/facts/facts.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { expectSums, type Played, play, snapshot, taskOf } from '../settle/play.ts'
import { randomNumbers, shuffled, slices } from '../support/replay.ts'
import { type Items, mutatedFacts, mutatedItems, readCorpus } from './items.ts'

const seed = Number(process.env.SPANLEDGER_TEST_FUZZ_SEED ?? 20261129)
/** Some seconds by default; `npm run fuzz:rules` goes on for minutes. */
const forMs = 1_000 * Number(process.env.SPANLEDGER_TEST_FUZZ_SECONDS ?? 3)

const corpus = readCorpus()

function mapped({ spans, records }: Items): Facts[] {
  const options = { digest: canonicalDigest }
  return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
}

/** Calls `see` with all that is in a value, and the path to it. */
function walk(value: unknown, path: string, see: (value: unknown, path: string) => void): void {
  see(value, path)
  if (typeof value !== 'object' || value === null) return
  const entries = value instanceof Map ? value : Object.entries('payload' in value ? writtenOf(value) : value)
  for (const [name, inner] of entries) walk(inner, `${path}.${name}`, see)
}

/** An event as it is stored: what it is made of is no part of it. */
function writtenOf(event: object): Partial<EventFact> {
  const { type, message, payload, timeNs } = event as EventFact
  return { type, message, payload, timeNs }
}

/** What no column can hold: numbers that are none or negative, and texts that PostgreSQL refuses. */
function unstorable(value: unknown): string[] {
  const found: string[] = []
  walk(value, '', (one, path) => {
    if (typeof one === 'number' && !(one >= 0 && Number.isFinite(one))) found.push(`${path}: ${one}`)
    if (typeof one === 'bigint' && (one < 0n || one > largestBigint)) found.push(`${path}: ${one}`)
    if (typeof one === 'string' && (one.includes('\0') || !one.isWellFormed())) found.push(`${path}: a text`)
  })
  return found
}

/** Counters that are no whole numbers, or greater than their column. */
function miscounted({ usage }: Facts): string[] {
  if (usage === null) return []
  const { prompt, completion, cacheRead, cacheWrite, reasoning } = usage
  return [prompt, completion, cacheRead ?? 0, cacheWrite ?? 0, reasoning ?? 0]
    .filter((count) => !Number.isInteger(count) || count > largestInteger)
    .map((count) => `a counter of ${count}`)
}

/** Texts for `jsonb` that aren't JSON. */
function notJson({ events, tool, asks }: Facts): string[] {
  const texts = [...events.map(({ payload }) => payload), ...[tool, ...asks].map((one) => one?.input ?? 'null')]
  return texts.filter((text) => {
    try {
      JSON.parse(text)
      return text.includes('\\u0000')
    } catch {
      return true
    }
  })
}

function rowsOf({ tables }: Played): unknown {
  return [tables.rows, new Map([...tables.workflows].map(([id, share]) => [id, taskOf(id, share)]))]
}

test('mutated spans and records are mapped to facts that fit their columns', () => {
  const random = randomNumbers(seed)
  const untilMs = performance.now() + forMs / 2
  let rounds = 0
  for (; performance.now() < untilMs; rounds++) {
    for (const facts of mapped(mutatedItems(corpus, random)))
      expect([unstorable(facts), miscounted(facts), notJson(facts)], `seed ${seed}, round ${rounds}`).toEqual([
        [],
        [],
        [],
      ])
  }
  expect(rounds).toBeGreaterThan(3)
})

test('mutated facts make the same rows in any order and batches, twice or not, and the sums are those of the rows', () => {
  const random = randomNumbers(seed + 1)
  const untilMs = performance.now() + forMs / 2
  let rounds = 0
  for (; performance.now() < untilMs; rounds++) {
    const where = `seed ${seed}, round ${rounds}`
    const facts = mutatedFacts(mapped(mutatedItems(corpus, random)), random)
    const whole = play([facts], expectSums)
    expect(unstorable(rowsOf(whole)), where).toEqual([])
    const again = facts.filter(() => random() < 0.3)
    const batches = slices(shuffled([...facts, ...again], random), 1 + Math.floor(random() * 9))
    expect(snapshot(play(batches, expectSums)), where).toEqual(snapshot(whole))
  }
  expect(rounds).toBeGreaterThan(3)
})
