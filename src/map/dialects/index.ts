import type { Dialect } from '../dialect.ts'
import { adk } from './adk.ts'
import { agentFramework } from './agent-framework.ts'
import { anthropicSdk } from './anthropic-sdk.ts'
import { autogen } from './autogen.ts'
import { braintrust } from './braintrust.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { crewai } from './crewai.ts'
import { engines } from './engines.ts'
import { extensionsAi } from './extensions-ai.ts'
import { geminiCli } from './gemini-cli.ts'
import { genai } from './genai.ts'
import { genkit } from './genkit.ts'
import { haystack } from './haystack.ts'
import { laminar } from './laminar.ts'
import { langfuse } from './langfuse.ts'
import { langsmith } from './langsmith.ts'
import { litellm } from './litellm.ts'
import { logfire, logfirePending } from './logfire.ts'
import { logfireAgents } from './logfire-agents.ts'
import { mastra } from './mastra.ts'
import { mlflow } from './mlflow.ts'
import { openaiAgents } from './openai-agents.ts'
import { openinference } from './openinference.ts'
import { openlit } from './openlit.ts'
import { plain } from './plain.ts'
import { pydanticAi } from './pydantic-ai.ts'
import { qwenCode } from './qwen-code.ts'
import { semanticKernel } from './semantic-kernel.ts'
import { springAi } from './spring-ai.ts'
import { strands } from './strands.ts'
import { traceloop } from './traceloop.ts'
import { vercel } from './vercel.ts'
import { vercel7 } from './vercel7.ts'
import { voltagent } from './voltagent.ts'

/** All dialects in the order of precedence: what is more specific comes first, the plain attributes come last. */
export const dialects: readonly Dialect[] = [
  logfirePending,
  claudeCode,
  codex,
  geminiCli,
  qwenCode,
  ...engines,
  anthropicSdk,
  adk,
  strands,
  agentFramework,
  extensionsAi,
  semanticKernel,
  autogen,
  pydanticAi,
  logfireAgents,
  langfuse,
  haystack,
  mlflow,
  mastra,
  voltagent,
  genkit,
  vercel,
  vercel7,
  langsmith,
  openaiAgents,
  openlit,
  springAi,
  crewai,
  braintrust,
  openinference,
  laminar,
  traceloop,
  litellm,
  logfire,
  genai,
  plain,
]
