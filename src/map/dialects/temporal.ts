import type { RunPart, RunRole } from '../facts/facts.ts'
import type { Dialect, Ended } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage } from '../table/shared-parts.ts'
import { firstValue } from '../table/source.ts'
import { asId, asText } from '../values/convert.ts'
import { genaiFields } from './genai.ts'

/**
 * What the SDKs' interceptors call their spans, before the colon: those of clients, of workers, and of the workflows
 * themselves. Those that the name alone doesn't place are `itself`.
 */
const operations: Readonly<Record<string, RunRole | 'itself'>> = {
  RunWorkflow: 'itself',
  CompleteWorkflow: 'itself',
  ContinueAsNew: 'continued',
  StartActivity: 'inside',
  RunActivity: 'inside',
  StartChildWorkflow: 'inside',
  SignalChildWorkflow: 'inside',
  SignalExternalWorkflow: 'inside',
  StartNexusOperation: 'inside',
  HandleSignal: 'inside',
  // these repeat when a closed workflow is replayed for a query
  HandleQuery: 'outside',
  HandleUpdate: 'outside',
  ValidateUpdate: 'outside',
  // how a handler failed, in .NET and Ruby; a task that failed is tried again
  CompleteUpdate: 'outside',
  FailHandleSignal: 'outside',
  FailHandleQuery: 'outside',
  FailHandleUpdate: 'outside',
  FailValidateUpdate: 'outside',
  WorkflowTaskFailure: 'outside',
  CreateSchedule: 'outside',
  StartWorkflow: 'outside',
  SignalWithStartWorkflow: 'outside',
  UpdateWithStartWorkflow: 'outside',
  StartUpdateWithStartWorkflow: 'outside',
  StartContinueAsNewWorkflow: 'outside',
  QueryWorkflow: 'outside',
  SignalWorkflow: 'outside',
  UpdateWorkflow: 'outside',
  StartWorkflowUpdate: 'outside',
  RunStartNexusOperation: 'outside',
  RunCancelNexusOperation: 'outside',
  RunStartNexusOperationHandler: 'outside',
  RunCancelNexusOperationHandler: 'outside',
  DescribeWorkflow: 'outside',
  CancelWorkflow: 'outside',
  TerminateWorkflow: 'stop',
}

/** Clients' operations that take no name. */
const bare: ReadonlySet<string> = new Set(['DescribeWorkflow', 'CancelWorkflow', 'TerminateWorkflow'])

const pythonPlugin = 'temporalio.contrib.opentelemetry._otel_interceptor'
const java = 'opentracing-shim'
const typescript = '@temporalio/interceptor-workflow'
const dotnet = 'Temporalio.Extensions.OpenTelemetry.Workflow'

/** Failures that only pass on another one. */
const passedOn = /(Activity|ChildWorkflow\w*|NexusOperation)(Error|Failure|FailureException)$/
const ofCancelled = /cancell?ed$/i
const cancelledError = /(Cancelled|Canceled)(Error|Failure|FailureException)$/
const applicationError = /Application(Error|Failure)$/
/** Java and TypeScript let only their own failures end a run (and what they are told to). */
const failure = /Failure$/
/** Ruby says of its own errors that the workflow is complete, as it does of Temporal's, which are. */
const rubyError =
  /^(Argument|Frozen|IO|Index|Key|Name|NoMethod|NotImplemented|Range|Runtime|Standard|Type|ZeroDivision)Error$/

/** `RunWorkflow:TripWorkflow` in two. */
interface Parts {
  readonly operation: string
  readonly subject: string
}

/** null for a span that no interceptor made. */
function partsOf({ name }: Item): Parts | null {
  const colon = name.indexOf(':')
  const operation = colon === -1 ? name : name.slice(0, colon)
  if (!Object.hasOwn(operations, operation) || bare.has(operation) !== (colon === -1)) return null
  return { operation, subject: colon === -1 ? '' : name.slice(colon + 1) }
}

function runOf(item: Item, ended: Ended): RunPart | null {
  const parts = partsOf(item)
  if (parts === null) return null
  const run = firstValue(item, ['temporalRunID', 'run_id', 'runId'], asId)
  return {
    role: roleOf(item, parts.operation, run, ended),
    run,
    activity: activityOf(item, parts, run),
    passesOn: passedOn.test(exceptionText(item, 'type')),
  }
}

function roleOf(item: Item, operation: string, run: string | null, ended: Ended): RunRole {
  const role = operations[operation]!
  if (role === 'itself') return roleOfRun(item, operation, ended)
  // a client may terminate what is over already, which is an error
  if (role === 'stop') return ended.code === 2 ? 'outside' : 'stop'
  // a signal that starts its workflow is handled before the plugin's span of the run begins
  if (operation === 'HandleSignal' && item.scope === pythonPlugin) return 'outside'
  return run === null ? 'outside' : role
}

/**
 * An error is final, and so is OK. Where the span is a mark that takes no time (Python's interceptor, Ruby) or hardly any
 * (.NET), another one, `CompleteWorkflow`, is the end. Python's plugin makes the span once, and Java says when its
 * workflow was only evicted from the worker's cache. Go ends it then as if the workflow were over: unset is the end only
 * if nothing comes after it.
 */
function roleOfRun(item: Item, operation: string, { code, outcome, instant }: Ended): RunRole {
  const { attributes, scope } = item
  const type = exceptionText(item, 'type')
  if (attributes.get('evicted') === true || isFailedTask(scope, operation, type)) return 'open'
  if (code === 2) return outcome === 'ok' ? 'continued' : 'end'
  // a benign failure leaves the status unset
  if (code === 1 || operation === 'CompleteWorkflow' || applicationError.test(type)) return 'end'
  if (instant || scope === dotnet) return 'open'
  return scope === pythonPlugin || scope === java ? 'end' : 'copy'
}

/** The run goes on: its task is tried again until it succeeds. */
function isFailedTask(scope: string, operation: string, type: string): boolean {
  if (operation === 'CompleteWorkflow') return rubyError.test(type)
  return (scope === java || scope === typescript) && type !== '' && !failure.test(type)
}

/** Local activities count on their own, so that an id means one activity only together with its type. */
function activityOf(item: Item, { operation, subject }: Parts, run: string | null): string | null {
  if (operation !== 'RunActivity') return null
  const id = firstValue(item, ['temporalActivityID', 'temporalActivityId', 'activityId'], asId)
  return id === null ? null : `${run ?? ''} ${id} ${subject}`
}

/** A workflow that ends because what it waited for was cancelled is cancelled itself. */
function isCancelled(item: Item): boolean {
  if (!passedOn.test(exceptionText(item, 'type'))) return false
  return (
    ofCancelled.test(exceptionText(item, 'message')) || cancelledError.test(causeIn(exceptionText(item, 'stacktrace')))
  )
}

function exceptionText({ events }: Item, key: 'type' | 'message' | 'stacktrace'): string {
  const exception = events.findLast(({ name }) => name === 'exception')
  return asText(exception?.attributes.get(`exception.${key}`) ?? null) ?? ''
}

/** The type of what was passed on: the first line of Python's stack traces, a line of its own in Java's and .NET's. */
function causeIn(stacktrace: string): string {
  const causes = Array.from(stacktrace.matchAll(/^(?:Caused by:| *--->) ([\w.$]+)/gm), ([, type]) => type!)
  return causes.find((type) => !passedOn.test(type)) ?? /^[\w.]+/.exec(stacktrace)?.[0] ?? ''
}

/** The workflow's type, where a span is about the workflow that its ids name. */
function workflowType(item: Item): string | undefined {
  const parts = partsOf(item)
  const own = parts !== null && /^(Run|Complete|Start|SignalWithStart)Workflow$/.test(parts.operation)
  return own ? parts.subject : undefined
}

/** An activity that names its agent, and says nothing else of what it does, is a run of that agent. */
function isAgent({ name, attributes }: Item): boolean {
  return (
    name.startsWith('RunActivity:') && !attributes.has('gen_ai.operation.name') && !attributes.has('gen_ai.tool.name')
  )
}

/** The OpenTelemetry interceptors and plugins of Temporal's SDKs. */
export const temporal: Dialect = {
  name: 'Temporal',
  about: {
    seen: 'the interceptors of Go 1.50, Python 1.35 (both plugins), TypeScript 1.23 and 1.24, Java 1.38; of .NET and Ruby their source',
    signals: 'traces',
    silent: "time-outs, and terminations that no traced client made; the workflow, with the default of Python's plugin",
  },
  detect: {
    scopes: [
      'temporal-sdk-go',
      'temporalio.contrib.opentelemetry',
      'temporalio.contrib.opentelemetry._interceptor',
      pythonPlugin,
      '@temporalio/interceptor-',
      java,
      'Temporalio.Extensions.OpenTelemetry.',
    ],
    // Go and Ruby take any tracer, and with it any scope
    keys: ['temporalWorkflowID', 'temporalWorkflowId'],
    when: (item) => partsOf(item) !== null,
  },
  kinds: [
    { kind: 'workflow', name: /^(Run|Complete)Workflow:/ },
    { kind: 'agent', has: ['gen_ai.agent.name'], when: isAgent },
    // what an activity is, other dialects may know
    { kind: 'plain', name: /^(?!RunActivity:)/ },
  ],
  fields: {
    workflowId: ['temporalWorkflowID', 'temporalWorkflowId', 'workflowId'],
    workflowName: [workflowType],
    parentWorkflow: ['parentWorkflowId', { key: 'parent', path: ['workflowId'] }],
    conversation: genaiFields.conversation!,
    agent: genaiFields.agent!,
  },
  usage: noUsage,
  isCancelled,
  run: runOf,
}
