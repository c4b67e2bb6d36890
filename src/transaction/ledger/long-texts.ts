import type { Facts, Ranked } from '../../map/facts/facts.ts'
import type { JsonBytes } from '../../store/tables/json-bytes.ts'

/** The fewest UTF-16 code units of a text that is written faster apart from the JSON around it. */
const leastUnits = 1_024

/**
 * Replaces each long text of a prompt, an answer or a tool by a placeholder: NUL, which no text of facts has (R98), and the
 * index of the text in `longTexts`, to which the text is added.
 */
export function placeLongTexts(facts: Facts, longTexts: string[]): Facts {
  const { statements, tool, answers } = facts
  const { query, result } = statements
  const isLongStatement = isLong(query?.value) || isLong(result?.value)
  const isLongOutput = isLong(tool?.output)
  const isLongAnswer = answers.some(({ output }) => isLong(output))
  // most spans have none, and a copy of their facts would cost more than their JSON
  if (!isLongStatement && !isLongOutput && !isLongAnswer) return facts
  const place = (text: string): string => (isLong(text) ? `\0${longTexts.push(text) - 1}` : text)
  const placeOutput = <Of extends { readonly output: string | null }>(of: Of): Of =>
    of.output === null ? of : { ...of, output: place(of.output) }
  const placeValue = (of: Ranked): Ranked => ({ ...of, value: place(of.value) })
  return {
    ...facts,
    statements: {
      ...statements,
      ...(query !== undefined && { query: placeValue(query) }),
      ...(result !== undefined && { result: placeValue(result) }),
    },
    tool: tool && placeOutput(tool),
    answers: answers.map(placeOutput),
  }
}

/** Writes JSON of facts with their long texts instead of the placeholders. */
export function writeWithLongTexts(json: string, longTexts: readonly string[], bytes: JsonBytes): void {
  bytes.clear()
  // every second part is the index of a text
  const parts = longTexts.length === 0 ? [json] : json.split(/"\\u0000(\d+)"/)
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 0) bytes.json(part)
    else bytes.string(longTexts[Number(part)]!)
  }
}

function isLong(text: string | null | undefined): boolean {
  return text != null && text.length >= leastUnits
}
