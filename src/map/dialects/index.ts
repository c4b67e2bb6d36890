import type { Dialect } from '../dialect.ts'
import { agentFramework } from './agent-framework.ts'
import { autogen } from './autogen.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { geminiCli } from './gemini-cli.ts'
import { genai } from './genai.ts'
import { genkit } from './genkit.ts'
import { haystack } from './haystack.ts'
import { laminar } from './laminar.ts'
import { langfuse } from './langfuse.ts'
import { langsmith } from './langsmith.ts'
import { logfireAgents } from './logfire-agents.ts'
import { logfire } from './logfire.ts'
import { mastra } from './mastra.ts'
import { mlflow } from './mlflow.ts'
import { openaiAgents } from './openai-agents.ts'
import { openinference } from './openinference.ts'
import { openlit } from './openlit.ts'
import { plain } from './plain.ts'
import { pydanticAi } from './pydantic-ai.ts'
import { qwenCode } from './qwen-code.ts'
import { springAi } from './spring-ai.ts'
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
  agentFramework,
  autogen,
  pydanticAi,
  logfireAgents,
  langfuse,
  langsmith,
  haystack,
  mlflow,
  mastra,
  voltagent,
  genkit,
  vercel,
  vercel7,
  openaiAgents,
  openlit,
  springAi,
  logfire,
  openinference,
  laminar,
  traceloop,
  genai,
  plain,
]
