import type { RunRole } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'

/** Roles by the first word of the span name. A failed attempt is retried, so it doesn't fail the run. */
const roles: Readonly<Record<string, RunRole>> = {
  'invocation-start': 'open',
  'invocation-attempt': 'inside',
  'invocation-end': 'end',
}

function roleOf(name: string): RunRole {
  const operation = name.split(' ', 1)[0]!
  return Object.hasOwn(roles, operation) ? roles[operation]! : 'outside'
}

/**
 * Restate's server. An invocation is three kinds of spans beside each other, none of which lasts as long as the
 * invocation. The spans of a handler's code are below the attempts (docs/dialects.md §21.1).
 */
export const restate: Dialect = {
  name: 'Restate',
  about: { seen: 'its source', signals: 'traces', silent: 'invocations of servers up to 1.5' },
  detect: { keys: ['restate.'] },
  kinds: [
    { kind: 'workflow', name: /^invocation-(start|end) / },
    { kind: 'plain', name: /^(ingress|ingress_kafka|invocation-attempt|restart-as-new) / },
  ],
  fields: {
    workflowId: ['restate.invocation.id'],
    workflowName: ['restate.invocation.target'],
    parentWorkflow: ['restate.invocation.restart_as_new.original_invocation_id'],
    status: ['restate.invocation.result'],
    error: ['error.message'],
  },
  usage: noUsage,
  run: ({ name }) => runPart(roleOf(name), 'invocation'),
}
