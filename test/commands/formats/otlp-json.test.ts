import { expect, test } from 'vitest'
import { protobufOf, readableRequest } from '../../../src/commands/formats/otlp-json.ts'

const request = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              name: 'run',
              startTimeUnixNano: '1790000000000000001',
              attributes: [{ key: 'bytes', value: { bytesValue: 'AQID' } }],
            },
          ],
        },
      ],
    },
  ],
}

test('protobuf is read back as OTLP/JSON: ids in hex, other bytes in base64, long numbers as text', () => {
  const body = protobufOf('traces', request)
  expect(body.includes(Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex'))).toBe(true)
  expect(readableRequest('traces', 'protobuf', body)).toEqual(request)
})

test('JSON is read as it is', () => {
  expect(readableRequest('traces', 'json', Buffer.from(JSON.stringify(request)))).toEqual(request)
})

test.each([
  ['json', '{"resourceSpans": '],
  ['protobuf', '\u000a\u00ff'],
] as const)('%s that cannot be read is shown as its bytes, with the reason', (format, text) => {
  const body = Buffer.from(text, 'latin1')
  expect(readableRequest('traces', format, body)).toMatch(
    new RegExp(`^It can't be read \\(.+\\)\\. Its bytes:\\n${body.toString('hex')}$`),
  )
})
