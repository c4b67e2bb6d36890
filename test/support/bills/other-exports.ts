import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import {
  type BilledCall,
  byDayAndModel,
  costOf,
  csvLine,
  dayMs,
  dayText,
  dollarsText,
  type Kind,
  kinds,
  tokensOf,
  wholeCostOf,
} from './billed-calls.ts'

/** A line of one kind of tokens. */
interface KindLine {
  readonly call: BilledCall
  readonly kind: Kind
  readonly tokens: number
  readonly nano: bigint
}

function kindLines(calls: readonly BilledCall[]): KindLine[] {
  return byDayAndModel(calls).flatMap((call) =>
    kinds
      .map((kind) => ({ call, kind, tokens: tokensOf(call)[kind], nano: costOf(call, kind) }))
      .filter(({ tokens }) => tokens > 0),
  )
}

/** Thousands with a point: 59.2 for 59200. */
function thousands(n: number): string {
  return `${Math.floor(n / 1000)}.${String(n % 1000).padStart(3, '0')}`
}

/** `0.0000375` in scientific notation, as some exporters write small numbers. */
function scientific(nano: bigint): string {
  return `${nano}e-9`
}

/** OpenRouter's activity: dollars as JSON numbers. */
export function openrouterActivity(calls: readonly BilledCall[]): string {
  const rows = byDayAndModel(calls).map(
    (call) =>
      `{"date":"${dayText(call.at)}","model":"openai/gpt","model_permaslug":"openai/${call.model}","endpoint_id":"e1","provider_name":"OpenAI","usage":${scientific(wholeCostOf(call))},"byok_usage_inference":0,"requests":${call.requests},"prompt_tokens":${call.input},"completion_tokens":${call.output},"reasoning_tokens":0}`,
  )
  return `{"data":[${rows.join(',')}]}`
}

/** OpenRouter's generations, one answer after the other. */
export function openrouterGenerations(calls: readonly BilledCall[]): string {
  return calls
    .map((call, i) =>
      JSON.stringify({
        data: {
          id: `gen-${i}`,
          created_at: new Date(call.at).toISOString(),
          model: `openai/${call.model}`,
          tokens_prompt: 1,
          tokens_completion: 1,
          native_tokens_prompt: call.input,
          native_tokens_cached: call.cached,
          native_tokens_completion: call.output,
          total_cost: dollarsText(wholeCostOf(call)),
          cancelled: false,
        },
      }),
    )
    .join('\n')
}

/** LiteLLM's table as CSV, with its metadata as JSON in a cell, and calls that failed. */
export function litellmCsv(calls: readonly BilledCall[]): string[] {
  const head =
    'request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,custom_llm_provider,user,metadata,cache_hit,status'
  const lines = calls.map((call, i) =>
    csvLine([
      ...[
        `chatcmpl-${i}`,
        'acompletion',
        'hash',
        scientific(wholeCostOf(call)),
        call.input + call.output,
        call.input,
        call.output,
      ],
      ...[new Date(call.at - 1000).toISOString(), new Date(call.at).toISOString(), call.model, 'openai', 'ada'],
      JSON.stringify({ usage_object: { prompt_tokens_details: { cached_tokens: call.cached } } }),
      ...['False', 'success'],
    ]),
  )
  const failed = csvLine([
    'failed',
    'acompletion',
    'hash',
    0,
    0,
    0,
    0,
    ...Array.from({ length: 2 }, () => new Date(calls[0]!.at).toISOString()),
    calls[0]!.model,
    'openai',
    'ada',
    '{}',
    'False',
    'failure',
  ])
  return [head, ...lines, failed]
}

const awsKinds: Readonly<Record<Kind, string>> = {
  input: 'input-tokens',
  cached: 'cache-read-input-token-count',
  written: 'cache-write-input-token-count',
  longWritten: 'cache-write-input-token-count-1h',
  output: 'output-tokens',
}

/** A Cost and Usage Report with lines of another service; tokens by the thousand. */
export function awsReport(calls: readonly BilledCall[]): string[] {
  const head =
    'bill_billing_period_start_date,line_item_usage_start_date,line_item_usage_end_date,line_item_usage_account_id,line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_currency_code'
  const lines = kindLines(calls).map(({ call, kind, tokens, nano }) =>
    csvLine([
      ...[
        '2026-11-01T00:00:00Z',
        new Date(call.at).toISOString(),
        new Date(call.at + dayMs).toISOString(),
        '123456789012',
        'Usage',
      ],
      ...[
        'AmazonBedrock',
        `USE1-Claude4.5Sonnet-${awsKinds[kind]}`,
        thousands(tokens),
        '1K tokens',
        scientific(nano),
        'USD',
      ],
    ]),
  )
  const other = csvLine([
    '2026-11-01T00:00:00Z',
    '2026-11-01T00:00:00Z',
    '2026-11-02T00:00:00Z',
    '123456789012',
    'Usage',
    'AmazonEC2',
    'BoxUsage:t3.micro',
    24,
    'Hrs',
    '0.25',
    'USD',
  ])
  return [head, other, ...lines]
}

const meterWords: Readonly<Record<Kind, string>> = {
  input: 'Inp',
  cached: 'cchd Inp',
  written: 'cache write',
  longWritten: 'cache write 1h',
  output: 'Outp',
}

/** Azure's cost details of an enterprise agreement, with days as Americans write them. */
export function azureDetails(calls: readonly BilledCall[]): string[] {
  const head =
    'Date,ResourceId,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,ChargeType,Tags'
  const lines = kindLines(calls).map(({ call, kind, tokens, nano }) => {
    const [year, month, day] = dayText(call.at).split('-')
    const model = call.model.replace('-2024-07-18', ' 0718').replaceAll('-', ' ')
    return csvLine([
      ...[`${month}/${day}/${year}`, '/subscriptions/1/accounts/prod', 'Foundry Models', 'Azure OpenAI'],
      ...[
        `${model} ${meterWords[kind]} glbl Tokens`,
        thousands(tokens),
        '1K',
        scientific(nano),
        'USD',
        'Usage',
        '{"a":"b,c"}',
      ],
    ])
  })
  return [head, ...lines]
}

const skuWords: Readonly<Record<Kind, string>> = {
  input: 'Text Input',
  cached: 'Input Caching',
  written: 'Text Input Cache Write',
  longWritten: 'Text Input Cache Write 1h',
  output: 'Thinking Text Output',
}

/** Google's rows as JSON lines, hourly, with a credit that takes nothing. */
export function googleRows(calls: readonly BilledCall[]): string {
  return kindLines(calls)
    .map(({ call, kind, tokens, nano }, i) =>
      JSON.stringify({
        service: { id: '1', description: 'Vertex AI' },
        sku: { id: String(i), description: `Gemini 2.5 Flash ${skuWords[kind]} - Predictions` },
        usage_start_time: `${dayText(call.at)} ${String(i % 24).padStart(2, '0')}:00:00 UTC`,
        usage_end_time: `${dayText(call.at)} ${String(i % 24).padStart(2, '0')}:59:59 UTC`,
        project: { id: 'agents' },
        cost: scientific(nano),
        currency: 'USD',
        currency_conversion_rate: 1,
        usage: { amount: tokens, unit: 'count' },
        credits: [],
        cost_type: 'regular',
      }),
    )
    .join('\n')
}

const focusHead =
  'BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,ListCost,ServiceCategory,ServiceName,SkuMeter,x_Model'

function focusCells({ call, kind, tokens, nano }: KindLine): string[] {
  const dollars = dollarsText(nano)
  return [
    ...[dollars, 'USD', 'Usage', new Date(call.at).toISOString(), new Date(call.at + dayMs).toISOString()],
    ...[String(tokens), 'Tokens', dollars, 'AI and Machine Learning', 'Models', skuWords[kind], call.model],
  ]
}

/** A FOCUS data set as CSV, one row a kind of tokens. */
export function focusCsv(calls: readonly BilledCall[]): string[] {
  return [focusHead, ...kindLines(calls).map((line) => csvLine(focusCells(line)))]
}

/** The same as Parquet, its money as DECIMAL(18,9). */
export function focusParquet(calls: readonly BilledCall[]): Buffer {
  const rows = kindLines(calls).map(focusCells)
  const money = new Set(['BilledCost', 'ListCost'])
  const names = focusHead.split(',')
  const schema = [
    { name: 'root', num_children: names.length },
    ...names.map((name) =>
      money.has(name)
        ? ({
            name,
            type: 'INT64',
            converted_type: 'DECIMAL',
            precision: 18,
            scale: 9,
            repetition_type: 'OPTIONAL',
          } as const)
        : ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const),
    ),
  ]
  const columnData = names.map((name, i) => ({
    name,
    data: rows.map((row) => (money.has(name) ? BigInt(row[i]!.replace('.', '')) : row[i]!)),
  }))
  return Buffer.from(parquetWriteBuffer({ columnData, schema }))
}

/** Bedrock's invocation logs in gzip. */
export function bedrockLogs(calls: readonly BilledCall[]): Buffer {
  const lines = calls.map((call, i) =>
    JSON.stringify({
      schemaType: 'ModelInvocationLog',
      timestamp: new Date(call.at).toISOString(),
      accountId: '123456789012',
      region: 'us-east-1',
      requestId: `request-${i}`,
      operation: 'Converse',
      modelId: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.${call.model}-v1:0`,
      input: {
        inputTokenCount: call.input - call.cached - call.written,
        cacheReadInputTokenCount: call.cached,
        cacheWriteInputTokenCount: call.written,
      },
      output: { outputTokenCount: call.output },
    }),
  )
  return gzipSync(lines.join('\n'))
}
