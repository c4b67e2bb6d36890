/** The list's ids of providers, by the names of the semantic conventions (`gen_ai.provider.name`). */
const listIds: Readonly<Record<string, string>> = {
  'gcp.gemini': 'google',
  'gcp.gen_ai': 'google',
  'gcp.vertex_ai': 'google',
  gcp: 'google',
  'aws.bedrock': 'aws',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  azure_openai: 'azure',
  x_ai: 'x-ai',
  xai: 'x-ai',
  mistral_ai: 'mistral',
}

const names: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  aws: 'aws.bedrock',
  azure: 'azure.ai.openai',
  'x-ai': 'x_ai',
  mistral: 'mistral_ai',
}

/** Returns the list's id of a provider. */
export function listProvider(provider: string): string {
  return listIds[provider] ?? provider
}

/** Returns the name of a provider of the list. */
export function providerName(id: string): string {
  return names[id] ?? id
}

const vendors =
  'anthropic|amazon|meta|mistral|cohere|ai21|deepseek|qwen|openai|stability|writer|luma|twelvelabs|moonshot|minimax|zai|google|nvidia'
/** `us.anthropic.claude-…`, `anthropic.claude-3-haiku-20240307-v1:0`, `global.amazon.nova-…`. */
const ofBedrock = new RegExp(`^(?:bedrock/)?(?:converse/)?((?:[a-z]{2,6}(?:-gov)?\\.)?(?:${vendors})\\.[\\w.:-]+)$`)
/** `arn:aws:bedrock:eu-west-1:1234:inference-profile/eu.anthropic.claude-…`. */
const arn = /^arn:aws[\w-]*:bedrock:[^/]*\/(.+)$/

/** Returns the model's id at Amazon Bedrock; null for ids that do not have the form of Bedrock's. */
export function bedrockModel(model: string): string | null {
  return ofBedrock.exec(arn.exec(model)?.[1] ?? model)?.[1] ?? null
}

/** Whether the id is a variant that costs nothing, as OpenRouter marks it. */
export function isFree(model: string): boolean {
  return model.endsWith(':free')
}
