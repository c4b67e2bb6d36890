import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { collectOwn } from '../../src/metrics/of-processes.ts'
import { openPush } from '../../src/metrics/push.ts'
import { openMetrics } from '../../src/metrics/registry.ts'

/** How many requests came to a port that is or is not the receiver's own, and the warnings. */
async function pushed(isOwn: boolean, host: string): Promise<{ requests: number; warnings: string[] }> {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    request.resume().on('end', () => response.end())
  }).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = `http://${host}:${port}/v1/metrics`
  const warnings: string[] = []
  const before = process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
  process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = endpoint
  try {
    const push = await openPush({
      collect: collectOwn(openMetrics()),
      env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint },
      version: '0.0.0',
      ownPorts: [isOwn ? port : port + 1],
      warn: (text) => warnings.push(text),
    })
    await push[Symbol.asyncDispose]()
  } finally {
    if (before === undefined) delete process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
    else process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = before
    server.close()
    server.closeAllConnections()
  }
  return { requests, warnings }
}

test.each(['127.0.0.1', 'localhost', '0.0.0.0'])(
  'metrics are never pushed to a port of this receiver, by the name %s',
  async (host) => {
    const { requests, warnings } = await pushed(true, host)
    expect(requests).toBe(0)
    expect(warnings).toEqual([expect.stringContaining('is this receiver')])
  },
)

test('metrics are pushed to another receiver of this machine, the last time when it ends', async () => {
  expect(await pushed(false, '127.0.0.1')).toEqual({ requests: 1, warnings: [] })
})
