import type { Dialect } from '../dialect.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { geminiCli } from './gemini-cli.ts'
import { genai } from './genai.ts'
import { genkit } from './genkit.ts'
import { haystack } from './haystack.ts'
import { laminar } from './laminar.ts'
import { langfuse } from './langfuse.ts'
import { langsmith } from './langsmith.ts'
import { mastra } from './mastra.ts'
import { mlflow } from './mlflow.ts'
import { openinference } from './openinference.ts'
import { plain } from './plain.ts'
import { qwenCode } from './qwen-code.ts'
import { traceloop } from './traceloop.ts'
import { vercel } from './vercel.ts'
import { vercel7 } from './vercel7.ts'
import { voltagent } from './voltagent.ts'

/** All dialects in the order of precedence: what is more specific comes first, the plain attributes come last. */
export const dialects: readonly Dialect[] = [
  claudeCode,
  codex,
  geminiCli,
  qwenCode,
  langfuse,
  langsmith,
  haystack,
  mlflow,
  mastra,
  voltagent,
  genkit,
  vercel,
  vercel7,
  openinference,
  laminar,
  traceloop,
  genai,
  plain,
]
