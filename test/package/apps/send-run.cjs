const text = (key, stringValue) => ({ key, value: { stringValue } })

/** Sends a run of one span, in JSON; resolves with what the answer means. */
exports.sendRun = async (http) => {
  const at = BigInt(Date.now()) * 1_000_000n
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'run',
    kind: 1,
    startTimeUnixNano: String(at),
    endTimeUnixNano: String(at + 5_000_000n),
    attributes: [text('workflow_id', 'own-test')],
  }
  const response = await fetch(`${http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  })
  return response.status === 200 ? 'committed' : `answered ${response.status} ${await response.text()}`
}
