import { adk } from '../dialects/adk.ts'
import { ag2 } from '../dialects/ag2.ts'
import { agentFramework } from '../dialects/agent-framework.ts'
import { agentops } from '../dialects/agentops.ts'
import { anthropicSdk } from '../dialects/anthropic-sdk.ts'
import { autogen } from '../dialects/autogen.ts'
import { ax } from '../dialects/ax.ts'
import { braintrust } from '../dialects/braintrust.ts'
import { claudeCode } from '../dialects/claude-code.ts'
import { codex } from '../dialects/codex.ts'
import { crewai } from '../dialects/crewai.ts'
import { dify } from '../dialects/dify.ts'
import { effect } from '../dialects/effect.ts'
import { extensionsAi } from '../dialects/extensions-ai.ts'
import { geminiCli } from '../dialects/gemini-cli.ts'
import { genai } from '../dialects/genai.ts'
import { genkit } from '../dialects/genkit.ts'
import { haystack } from '../dialects/haystack.ts'
import { laminar } from '../dialects/laminar.ts'
import { langfuse } from '../dialects/langfuse.ts'
import { langsmith } from '../dialects/langsmith.ts'
import { langwatch } from '../dialects/langwatch.ts'
import { litellm, litellmRequests } from '../dialects/litellm.ts'
import { livekit } from '../dialects/livekit.ts'
import { logfire, logfirePending } from '../dialects/logfire.ts'
import { logfireAgents } from '../dialects/logfire-agents.ts'
import { mastra } from '../dialects/mastra.ts'
import { mlflow } from '../dialects/mlflow.ts'
import { openaiAgents } from '../dialects/openai-agents.ts'
import { openinference } from '../dialects/openinference.ts'
import { openlit } from '../dialects/openlit.ts'
import { pipecat } from '../dialects/pipecat.ts'
import { plain } from '../dialects/plain.ts'
import { promptflow } from '../dialects/promptflow.ts'
import { pydanticAi } from '../dialects/pydantic-ai.ts'
import { qwenCode } from '../dialects/qwen-code.ts'
import { semanticKernel } from '../dialects/semantic-kernel.ts'
import { springAi } from '../dialects/spring-ai.ts'
import { strands } from '../dialects/strands.ts'
import { traceai } from '../dialects/traceai.ts'
import { traceloop } from '../dialects/traceloop.ts'
import { trulens } from '../dialects/trulens.ts'
import { vercel } from '../dialects/vercel.ts'
import { vercel7 } from '../dialects/vercel7.ts'
import { voltagent } from '../dialects/voltagent.ts'
import type { Dialect } from '../table/dialect.ts'
import { engines } from './engines.ts'

/** All dialects in the order of their precedence: the more specific ones first, the plain attributes last. */
export const dialects: readonly Dialect[] = [
  logfirePending,
  litellmRequests,
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
  ag2,
  pydanticAi,
  logfireAgents,
  langfuse,
  haystack,
  mlflow,
  langwatch,
  agentops,
  ax,
  effect,
  traceai,
  dify,
  livekit,
  pipecat,
  promptflow,
  trulens,
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
