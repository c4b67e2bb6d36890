import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ChunkReader, type Chunks } from '../../accept/body/chunks.ts'
import { decompressZstd } from '../../accept/body/zstd.ts'
import type { Format } from '../../decode/span.ts'
import { Malformed } from '../../errors.ts'

/** One request of a file, as it was written. */
export interface FileMessage {
  readonly format: Format
  readonly body: Buffer
}

/** The most bytes of one message: four times what a receiver takes by default. */
const mostBytes = 256 * 1024 * 1024

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const gzipMagic = Buffer.from([0x1f, 0x8b])
const [newline, brace] = [0x0a, 0x7b]

/**
 * Reads the messages of a file in the forms of the Collector's file exporter: JSON lines; protobuf with a length of four
 * bytes before each message; both with each message compressed by zstd behind such a length; and any of it compressed as
 * a whole by gzip or zstd. A file that is one protobuf request is read too. `onBytes` counts the bytes of the file. Throws
 * `Malformed` for another form.
 */
export async function* readMessages(source: Readable, onBytes: (bytes: number) => void): AsyncGenerator<FileMessage> {
  yield* messagesIn(await decompressed(counted(source, onBytes)))
}

/** Opens a file; - is standard input. */
export function openSource(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 })
}

async function* counted(source: Readable, onBytes: (bytes: number) => void): Chunks {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onBytes(chunk.length)
    yield chunk
  }
}

/** The bytes of a file that is compressed as a whole; otherwise the bytes as they are. */
async function decompressed(chunks: Chunks): Promise<Chunks> {
  const [first, all] = await peek(chunks)
  if (first.subarray(0, 2).equals(gzipMagic)) return gunzipped(all)
  const allowance = { maxBytes: Number.MAX_SAFE_INTEGER, take: () => {} }
  return first.subarray(0, 4).equals(zstdMagic) ? (decompressZstd(all, allowance) as Chunks) : all
}

async function* gunzipped(chunks: Chunks): Chunks {
  const gunzip = createGunzip()
  const writing = (async () => {
    for await (const chunk of chunks)
      if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve))
    gunzip.end()
  })().catch((error: Error) => gunzip.destroy(error))
  for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk
  await writing
}

/** The first bytes, and all of them. */
async function peek(chunks: Chunks): Promise<readonly [Buffer, Chunks]> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 8) {
    const { value, done } = await iterator.next()
    if (done) break
    first = Buffer.concat([first, value])
  }
  async function* all(): Chunks {
    if (first.length > 0) yield first
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  return [first, all()]
}

async function* messagesIn(chunks: Chunks): AsyncGenerator<FileMessage> {
  const [first, all] = await peek(chunks)
  if (first.length === 0) return
  if (first.toString('latin1').trimStart().startsWith('{')) yield* jsonLines(all)
  // as a length, the tag of a request's first field is 160 MiB: then the file is one request
  else if (first[0] === 0x0a) yield { format: 'protobuf', body: await whole(all) }
  else yield* lengthPrefixed(all)
}

async function* lengthPrefixed(chunks: Chunks): AsyncGenerator<FileMessage> {
  const reader = new ChunkReader(chunks)
  for (;;) {
    const prefix = await reader.upTo(4)
    if (prefix.length === 0) return
    if (prefix.length < 4) throw new Malformed('the file ends within the length of a message')
    const length = prefix.readUInt32BE()
    if (length > mostBytes)
      throw new Malformed(
        `${length} is no length of a message: neither JSON lines nor protobuf behind lengths of 4 bytes`,
      )
    const body = await reader.exactly(length)
    yield messageOf(body.subarray(0, 4).equals(zstdMagic) ? await inflated(body) : Buffer.from(body))
  }
}

function messageOf(body: Buffer): FileMessage {
  return { format: body[0] === brace ? 'json' : 'protobuf', body }
}

async function inflated(body: Buffer): Promise<Buffer> {
  async function* only(): Chunks {
    yield body
  }
  return whole(decompressZstd(only(), { maxBytes: mostBytes, take: () => {} }) as Chunks)
}

/** A line is a request; a text of several lines that is one request, as a person formats it, is taken as one. */
async function* jsonLines(chunks: Chunks): AsyncGenerator<FileMessage> {
  let held: Buffer[] = []
  let heldBytes = 0
  let isOneText = false
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); !isOneText && end >= 0; end = chunk.indexOf(newline, from)) {
      const line = Buffer.concat([...held, chunk.subarray(from, end)])
      isOneText = !line.toString('latin1').trimEnd().endsWith('}') && line.length > 0
      if (isOneText) break
      held = []
      heldBytes = 0
      from = end + 1
      if (line.length > 0) yield { format: 'json', body: line }
    }
    held.push(chunk.subarray(from))
    heldBytes += chunk.length - from
    if (heldBytes > mostBytes) throw new Malformed(`a line is longer than ${mostBytes} bytes`)
  }
  const rest = Buffer.concat(held)
  if (rest.toString('latin1').trim() !== '') yield { format: 'json', body: rest }
}

async function whole(chunks: Chunks): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Malformed(`a message is longer than ${mostBytes} bytes`)
    parts.push(Buffer.from(chunk))
  }
  return Buffer.concat(parts)
}
