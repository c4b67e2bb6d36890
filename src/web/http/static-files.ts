import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Exchange } from '../../accept/http/http-answers.ts'
import { accepts, type Reply, reply } from './reply.ts'

/** The files of the page, in memory: they are few, and their names have hashes. */
export interface StaticFiles {
  /** Whether there is a file at a path. */
  has(urlPath: string): boolean
  answerFile(exchange: Exchange, urlPath: string): Promise<void>
  /** Answers with the HTML of the page, which is the same for every path of it. */
  answerHtml(exchange: Exchange): Promise<void>
}

interface StaticFile {
  readonly type: string
  /** By the name of the encoding, its compressed forms. */
  readonly compressed: ReadonlyMap<Encoding, Buffer>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}
/** The endings of compressed forms, the better first. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

type Encoding = (typeof encodings)[number][0]

const notBuilt = `<!doctype html><html lang="en"><title>Spanledger</title><p>The page is not built here: <code>npm run build</code> builds it. The API is at <a href="/api/meta">/api/meta</a>.</p></html>`

/** Reads the files of a folder at the first request, and again when its HTML has changed. */
export function openStaticFiles(folder: string): StaticFiles {
  let files: ReadonlyMap<string, StaticFile> = new Map()
  let readOf: number | null = null
  const current = () => {
    const changedMs = changeOf(path.join(folder, 'index.html.br'))
    if (changedMs !== readOf) {
      files = changedMs === null ? new Map() : readFiles(folder)
      readOf = changedMs
    }
    return files
  }
  return {
    has: (urlPath) => urlPath !== '/index.html' && (files.has(urlPath) || current().has(urlPath)),
    answerFile: (exchange, urlPath) => reply(exchange, replyOf(exchange, files.get(urlPath)!, immutable)),
    answerHtml: (exchange) => {
      const html = current().get('/index.html')
      return reply(
        exchange,
        html === undefined
          ? { status: 503, type: types['.html']!, body: notBuilt }
          : replyOf(exchange, html, 'no-cache'),
      )
    },
  }
}

/** A name with a hash never means another content. */
const immutable = 'public, max-age=31536000, immutable'

function replyOf({ request }: Exchange, { type, compressed }: StaticFile, cacheControl: string): Reply {
  const header = request.headers['accept-encoding']
  const encoding = encodings.find(([name]) => accepts(header, name))?.[0]
  return {
    status: 200,
    type,
    // every browser takes one of both
    body: encoding === undefined ? gunzipSync(compressed.get('gzip')!) : compressed.get(encoding)!,
    headers: {
      'cache-control': cacheControl,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
  }
}

function changeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null
}

/** Reads the files of a folder, which has each in its compressed forms alone. */
function readFiles(folder: string): Map<string, StaticFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const [[, listed]] = encodings
  const found = names.flatMap((file): [string, StaticFile][] => {
    const name = path.basename(file, listed)
    const type = types[path.extname(name)]
    if (!file.endsWith(listed) || type === undefined) return []
    const place = path.join(path.dirname(file), name)
    const forms = encodings.map(
      ([encoding, ending]) => [encoding, readFileSync(path.join(folder, place + ending))] as const,
    )
    return [[`/${place.split(path.sep).join('/')}`, { type, compressed: new Map(forms) }]]
  })
  return new Map(found)
}
