import { parseTree } from '../../../api/parse-tree.ts'
import { SpanTree } from './span-tree.ts'

/** Reads the spans of a run from the text of an answer. Parsing them and taking them into arrays are tasks apart. */
export async function readSpanTree(text: string): Promise<SpanTree> {
  const answer = await parseTree(text)
  await new Promise((resolve) => setTimeout(resolve))
  return new SpanTree(answer)
}
