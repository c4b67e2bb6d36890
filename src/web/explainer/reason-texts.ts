import type { SpanReasonCode } from '../answers/tree.ts'

/** Why a span counts or not, in sentences that name no other span. */
export const reasonTexts: Record<SpanReasonCode, string> = {
  'no-usage': 'Not counted: it reports no usage.',
  counts: 'Counted: it is the only report of its call.',
  'counts-for-others': 'Counted: other reports are of the same call, which counts once.',
  'counts-as-sum': 'Counted: no call is known that it sums up or repeats.',
  copy: 'Not counted: it repeats what a span reports.',
  'same-call': 'Not counted: another report of the same call is trusted more.',
  'same-call-by-id': 'Not counted: another report has the same response id, and counts.',
  'same-call-in-workflow': 'Not counted: a report in another trace of the run counts.',
  'call-below': 'Not counted: a span below reports the same call.',
  'better-report-below': 'Not counted: what is below reports the same usage, and no worse.',
  'better-report-above': 'Not counted: a span above reports the same usage, and better.',
  'unknown-usage': 'Not counted: the model answered, and nothing says what it used.',
  'usage-in-other-report': 'Not counted: the model answered, and another report says what it used.',
}
