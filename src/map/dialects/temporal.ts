import type { RunPart, RunRole } from '../facts/facts.ts'
import type { Dialect, Ended } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage } from '../table/shared-parts.ts'
import { firstValue } from '../table/source.ts'
import { asId, asText } from '../values/convert.ts'
import { genaiFields } from './genai.ts'

/**
 * Roles by the operation in the span names of the SDKs' interceptors, before the colon: operations of clients, workers and
 * workflows. `itself` is a span of the run, whose role depends on more than the name.
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
  // repeated when a closed workflow is replayed for a query
  HandleQuery: 'outside',
  HandleUpdate: 'outside',
  ValidateUpdate: 'outside',
  // the failure of a handler, in .NET and Ruby; a workflow task that failed is retried
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

/** Operations of clients whose span names have no colon and no workflow type. */
const bare: ReadonlySet<string> = new Set(['DescribeWorkflow', 'CancelWorkflow', 'TerminateWorkflow'])

const pythonPlugin = 'temporalio.contrib.opentelemetry._otel_interceptor'
const java = 'opentracing-shim'
const typescript = '@temporalio/interceptor-workflow'
const dotnet = 'Temporalio.Extensions.OpenTelemetry.Workflow'

/** Matches types of exceptions that wrap the failure of an activity, child workflow or Nexus operation. */
const wrapping = /(Activity|ChildWorkflow\w*|NexusOperation)(Error|Failure|FailureException)$/
const ofCancelled = /cancell?ed$/i
const cancelledError = /(Cancelled|Canceled)(Error|Failure|FailureException)$/
const applicationError = /Application(Error|Failure)$/
/** Matches types of exceptions that end a run in Java and TypeScript; all others make the workflow task retry. */
const failure = /Failure$/
/** Matches Ruby's own errors, which don't end a run, although Ruby writes `CompleteWorkflow` for them as well. */
const rubyError =
  /^(Argument|Frozen|IO|Index|Key|Name|NoMethod|NotImplemented|Range|Runtime|Standard|Type|ZeroDivision)Error$/

/** The parts of a span name: `RunWorkflow:TripWorkflow`. */
interface Parts {
  readonly operation: string
  readonly subject: string
}

/** Splits the name of an interceptor's span; null for any other span. */
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
    passesOn: wrapping.test(exceptionText(item, 'type')),
  }
}

function roleOf(item: Item, operation: string, run: string | null, ended: Ended): RunRole {
  const role = operations[operation]!
  if (role === 'itself') return roleOfRun(item, operation, ended)
  // a client that terminates a closed workflow gets an error
  if (role === 'stop') return ended.code === 2 ? 'outside' : 'stop'
  // a signal that starts its workflow is handled before the plugin's span of the run starts
  if (operation === 'HandleSignal' && item.scope === pythonPlugin) return 'outside'
  return run === null ? 'outside' : role
}

/**
 * Returns the role of a run's own span. Status ERROR and status OK end the run. A span that takes no time (Python's
 * interceptor, Ruby) or hardly any (.NET) is a mark, and `CompleteWorkflow` is the end. Python's plugin creates the span
 * once. Java marks the span when the workflow was only evicted from the worker's cache. Go then ends the span as if the
 * workflow were closed, so there an unset status is the end only if no part of the run ends later.
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

/** Whether only a workflow task failed, which is retried while the run goes on. */
function isFailedTask(scope: string, operation: string, type: string): boolean {
  if (operation === 'CompleteWorkflow') return rubyError.test(type)
  return (scope === java || scope === typescript) && type !== '' && !failure.test(type)
}

/** Returns the key of an activity: its id and its type, because local activities are numbered apart from others. */
function activityOf(item: Item, { operation, subject }: Parts, run: string | null): string | null {
  if (operation !== 'RunActivity') return null
  const id = firstValue(item, ['temporalActivityID', 'temporalActivityId', 'activityId'], asId)
  return id === null ? null : `${run ?? ''} ${id} ${subject}`
}

/** Whether a workflow ended because the activity, child or operation that it waited for was cancelled. */
function isCancelled(item: Item): boolean {
  if (!wrapping.test(exceptionText(item, 'type'))) return false
  return (
    ofCancelled.test(exceptionText(item, 'message')) || cancelledError.test(causeIn(exceptionText(item, 'stacktrace')))
  )
}

function exceptionText({ events }: Item, key: 'type' | 'message' | 'stacktrace'): string {
  const exception = events.findLast(({ name }) => name === 'exception')
  return asText(exception?.attributes.get(`exception.${key}`) ?? null) ?? ''
}

/** Returns the type of a wrapped failure: on the first line of Python's stack traces, on a line of its own in Java's and .NET's. */
function causeIn(stacktrace: string): string {
  const causes = Array.from(stacktrace.matchAll(/^(?:Caused by:| *--->) ([\w.$]+)/gm), ([, type]) => type!)
  return causes.find((type) => !wrapping.test(type)) ?? /^[\w.]+/.exec(stacktrace)?.[0] ?? ''
}

/** Returns the workflow type in the name of a span whose ids are those of that workflow. */
function workflowType(item: Item): string | undefined {
  const parts = partsOf(item)
  const own = parts !== null && /^(Run|Complete|Start|SignalWithStart)Workflow$/.test(parts.operation)
  return own ? parts.subject : undefined
}

/** Whether an activity is an agent: it names the agent, but no operation and no tool. */
function isAgent({ name, attributes }: Item): boolean {
  return (
    name.startsWith('RunActivity:') && !attributes.has('gen_ai.operation.name') && !attributes.has('gen_ai.tool.name')
  )
}

/** The OpenTelemetry interceptors and plugins of Temporal's SDKs (docs/dialects.md §20). */
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
    // in Go and Ruby the application chooses the tracer, and so the scope
    keys: ['temporalWorkflowID', 'temporalWorkflowId'],
    when: (item) => partsOf(item) !== null,
  },
  kinds: [
    { kind: 'workflow', name: /^(Run|Complete)Workflow:/ },
    { kind: 'agent', has: ['gen_ai.agent.name'], when: isAgent },
    // other dialects may know the kind of an activity
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
