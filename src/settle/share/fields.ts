/**
 * A text or time of a task that is taken from one of its spans: the one with the smallest sort key. `close` is the end that
 * a person or program has stated, as JSON.
 */
export type ShareField =
  | 'start'
  | 'recordStart'
  | 'query'
  | 'result'
  | 'mode'
  | 'complexity'
  | 'user'
  | 'session'
  | 'tenantId'
  | 'workflowName'
  | 'parentWorkflow'
  | 'service'
  | 'error'
  | 'close'
  | DurableField

/**
 * A field of a durable workflow. `begun`, `inside`, `event` and `outside` are the earliest start of a run, of a part of
 * a run, of a span with events, and of a span that asks for the workflow from outside. `stop` is the latest end of a
 * span that stopped the workflow, `cause` the latest error of an activity.
 */
export type DurableField = 'begun' | 'inside' | 'event' | 'outside' | 'stop' | 'cause'
