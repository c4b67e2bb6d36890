import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ChunkReader, type Chunks } from '../../accept/body/chunks.ts'
import { decompressZstd } from '../../accept/body/zstd.ts'
import { Malformed } from '../../errors.ts'
import type { FileMessage } from './file-message.ts'
import { foreignMessages } from './foreign/foreign-messages.ts'
import { csvRows, jsonRows, parquetRows } from './foreign/rows.ts'

/** The file that is read, and the format that the command line names; null: it is found out. */
export interface MessageSource {
  readonly path: string
  readonly format: string | null
  /** Counts the bytes of the file that were read. */
  readonly onBytes: (bytes: number) => void
}

/** The most bytes of one message: four times what a receiver takes by default. */
const mostBytes = 256 * 1024 * 1024

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const gzipMagic = Buffer.from([0x1f, 0x8b])
const [newline, brace] = [0x0a, 0x7b]

/**
 * Reads the messages of a file in the forms of the Collector's file exporter: JSON lines; protobuf with a length of four
 * bytes before each message; both with each message compressed by zstd behind such a length; and any of it compressed as
 * a whole by gzip or zstd. A file that is one protobuf request is read too, and the files of other products
 * (`foreignFormats`), whose rows become requests. Throws `Malformed` for another form.
 */
export async function* readMessages(source: Readable, of: MessageSource): AsyncGenerator<FileMessage> {
  const [head, all] = await peek(counted(source, of.onBytes), 4)
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') yield* foreignMessages(parquetRows(of.path), of.format)
  else yield* messagesIn(await decompressed(all), of.format)
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
  const [first, all] = await peek(chunks, 4)
  if (first.subarray(0, 2).equals(gzipMagic)) return gunzipped(all)
  const allowance = { maxBytes: Number.MAX_SAFE_INTEGER, take: () => {}, give: () => {} }
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
async function peek(chunks: Chunks, least: number): Promise<readonly [Buffer, Chunks]> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < least) {
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

/** So far into a file it is seen what its JSON is. */
const headBytes = 4096
const keyOfRequest = /"resource_?(spans|logs|metrics|profiles)"\s*:/i
/** How a line of heads begins; protobuf, and the length of a message, begin with other bytes. */
const textOfHeads = /^(\xef\xbb\xbf)?["A-Za-z_]/

async function* messagesIn(chunks: Chunks, format: string | null): AsyncGenerator<FileMessage> {
  const [first, all] = await peek(chunks, headBytes)
  if (first.length === 0) return
  const text = first.toString('latin1')
  const isJson = /^\s*[[{]/.test(text)
  if (isJson && (format === null ? !isRequest(text) : format !== 'otlp')) yield* foreignMessages(jsonRows(all), format)
  else if (textOfHeads.test(text)) yield* foreignMessages(csvRows(Readable.from(all)), format)
  else if (isJson) yield* jsonLines(all)
  // as a length, the tag of a request's first field is 160 MiB: then the file is one request
  else if (first[0] === 0x0a) yield { format: 'protobuf', body: await whole(all) }
  else yield* lengthPrefixed(all)
}

/** Whether JSON is a request of OTLP, or nothing: another object has no name of a signal among its first keys. */
function isRequest(text: string): boolean {
  return !text.trimStart().startsWith('[') && (keyOfRequest.test(text) || !/"[\w.]+"\s*:/.test(text))
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
  return whole(decompressZstd(only(), { maxBytes: mostBytes, take: () => {}, give: () => {} }) as Chunks)
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
