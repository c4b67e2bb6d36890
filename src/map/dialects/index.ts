import type { Dialect } from '../dialect.ts'
import { genai } from './genai.ts'
import { plain } from './plain.ts'

/** All dialects in the order of precedence: what is more specific comes first, the plain attributes come last. */
export const dialects: readonly Dialect[] = [genai, plain]
