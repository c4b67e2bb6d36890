// Follows the links of a site that lies in a folder: node test/site/links.mjs FOLDER. Ends with 1, and names each link that
// leads nowhere, or whose anchor its page hasn't.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

const [folder = '.'] = process.argv.slice(2)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const pages = new Map(
  files.filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
)

/** The file or folder that a server gives for a path; null where there is none. */
function fileAt(target) {
  const candidates = [target, `${target}.html`, path.posix.join(target, 'index.html')]
  const isFile = (file) => existsSync(path.join(folder, file)) && statSync(path.join(folder, file)).isFile()
  return candidates.find(isFile) ?? (existsSync(path.join(folder, target)) ? target : null)
}

function* brokenLinksOf(page, html) {
  for (const [, href] of html.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(href)) continue
    const url = new URL(href, `http://site/${page}`)
    const file = fileAt(decodeURIComponent(url.pathname).slice(1) || 'index.html')
    const anchor = decodeURIComponent(url.hash.slice(1))
    const isThere = anchor === '' || (pages.get(file)?.includes(`id="${anchor}"`) ?? false)
    if (file === null || !isThere) yield `${page}: ${href}`
  }
}

const broken = [...pages].flatMap(([page, html]) => [...brokenLinksOf(page, html)])
for (const link of new Set(broken)) console.error(link)
console.log(`${pages.size} pages, ${broken.length} broken links`)
process.exitCode = broken.length > 0 || pages.size < 15 ? 1 : 0
