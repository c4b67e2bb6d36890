import { gzipSync } from 'node:zlib'
import { zstdAtOnce } from '../accept/compress.ts'
import { block, eight, integer, keyValue } from '../decode/craft.ts'

/** A body that costs its receiver more than its sender, and how it is declared. */
export interface Body {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

const protobuf = { 'content-type': 'application/x-protobuf' }
const json = { 'content-type': 'application/json' }

/** 1 GiB of zeros, compressed to 1 MiB. */
export function gzipBomb(): Body {
  const body = gzipSync(Buffer.alloc(2 ** 26), { level: 9 })
  return { body: Buffer.concat(Array(16).fill(body)), headers: { ...protobuf, 'content-encoding': 'gzip' } }
}

/** As much in some KiB of zstd. */
export function zstdBomb(): Body {
  const body = zstdAtOnce(Buffer.alloc(2 ** 26))
  return { body: Buffer.concat(Array(16).fill(body)), headers: { ...protobuf, 'content-encoding': 'zstd' } }
}

/** Frames of zstd with nothing in them: a magic number, a header, and an empty block that is the last. */
export function emptyFrames(bytes: number): Body {
  const frame = zstdAtOnce(Buffer.alloc(0))
  return {
    body: Buffer.alloc(bytes - (bytes % frame.length), frame),
    headers: { ...protobuf, 'content-encoding': 'zstd' },
  }
}

/** An attribute that is an array in an array, and so on, as deep as its bytes allow. */
export function deepJson(bytes: number): Body {
  const depth = Math.floor(bytes / 2)
  const ids = '"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"'
  const span = `{${ids},"name":"deep","attributes":[{"key":"deep","value":${'['.repeat(depth)}${']'.repeat(depth)}}]}`
  return { body: Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`), headers: json }
}

/** One span of so many attributes, each with a name of its own. */
export function attributeBomb(count: number): Body {
  const one = block(9, keyValue('0000000', block(1, 'value')))
  const attributes = Buffer.alloc(count * one.length, one)
  const name = one.indexOf('0000000')
  for (let n = 0; n < count; n++) attributes.write(String(n).padStart(7, '0'), n * one.length + name)
  const ids = [block(1, Buffer.alloc(16, 7)), block(2, Buffer.alloc(8, 7))]
  const times = [eight(7, 1_790_000_000_000_000_000n), eight(8, 1_790_000_000_500_000_000n)]
  const workflow = block(9, keyValue('workflow_id', block(1, 'bomb')))
  return spansOf([Buffer.concat([...ids, block(5, 'bomb'), ...times, workflow, attributes])])
}

/** The same in JSON. */
export function attributesInJson(count: number): Body {
  const attributes = Array.from({ length: count }, (_, n) => `{"key":"${n}","value":{"stringValue":"value"}}`)
  const ids = '"traceId":"07070707070707070707070707070707","spanId":"0707070707070707"'
  const span = `{${ids},"name":"bomb","attributes":[${attributes.join()}]}`
  return { body: Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`), headers: json }
}

/**
 * A trace of so many spans in requests of at most `perRequest`: a root, and calls of a model right below it. Spans of
 * another version end earlier than those of version 0, with which they are in conflict.
 */
export function longTrace(count: number, perRequest: number, version = 0): readonly Body[] {
  const spanId = (n: number) => {
    const id = Buffer.alloc(8)
    id.writeUInt32BE(n + 1, 4)
    return id
  }
  const text = (key: string, value: string) => block(9, keyValue(key, block(1, value)))
  const startNs = 1_790_000_000_000_000_000n
  const spans = Array.from({ length: count }, (_, n) => {
    const from = startNs + BigInt(n) * 1_000_000n
    const times = [eight(7, from), eight(8, from + 500_000n - BigInt(version))]
    const ids = [block(1, Buffer.alloc(16, 9)), block(2, spanId(n))]
    if (n === 0) return Buffer.concat([...ids, block(5, 'run'), ...times, text('workflow_id', 'long')])
    const tokens = block(9, keyValue('gen_ai.usage.output_tokens', integer(3, 1 + (n % 100))))
    const call = [text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'long-trace'), tokens]
    return Buffer.concat([...ids, block(4, spanId(0)), block(5, `chat ${version}`), ...times, ...call])
  })
  const requests = Math.ceil(count / perRequest)
  return Array.from({ length: requests }, (_, i) => spansOf(spans.slice(i * perRequest, (i + 1) * perRequest)))
}

/** Spans without ids, each of which is refused, of a resource of so many bytes. */
export function refusedSpans(count: number, resourceBytes: number): Body {
  const resource = block(1, block(1, keyValue('text', block(1, 'x'.repeat(resourceBytes)))))
  const spans = Array.from({ length: count }, () => block(2))
  return { body: block(1, resource, block(2, ...spans)), headers: protobuf }
}

function spansOf(spans: readonly Uint8Array[]): Body {
  return { body: block(1, block(2, ...spans.map((span) => block(2, span)))), headers: protobuf }
}
