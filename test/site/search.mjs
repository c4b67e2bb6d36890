// Asks the search of a site that lies in a folder, as its pages do, and looks for what they would load from other servers:
// node test/site/search.mjs FOLDER. Ends with 1 where a page isn't found by its title, or needs a network.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const [folder = '.'] = process.argv.slice(2)
const MiniSearch = createRequire(path.resolve(folder, '..', 'package.json'))('minisearch')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const read = (file) => readFileSync(path.join(folder, file), 'utf8')
const pages = files.filter((file) => file.endsWith('.html') && file !== '404.html')
const index = files.find((file) => path.basename(file).startsWith('@localSearchIndex'))

/** The search that each page loads from its own server. */
async function openSearch() {
  // its name doesn't say that it is a module
  const { default: json } = await import(`data:text/javascript,${encodeURIComponent(read(index))}`)
  return MiniSearch.loadJSON(json, { fields: ['title', 'titles', 'text'], storeFields: ['title', 'titles'] })
}

const search = await openSearch()
const titleOf = (html) => /<h1[^>]*>(.*?) ?<a/s.exec(html)?.[1].replaceAll(/<[^>]*>/g, '')
const faults = pages.flatMap((page) => {
  const html = read(page)
  const found = search
    .search(titleOf(html) ?? '', { prefix: true, combineWith: 'AND' })
    .map(({ id }) => id.split('#')[0])
  const foreign = [...html.matchAll(/<(?:script|link|img)\b[^>]*?(?:src|href)="((?:https?:)?\/\/[^"]+)"/g)]
  return [
    ...(found.includes(`/${page}`.replace('/index.html', '/')) ? [] : [`${page} is not found by its title`]),
    ...foreign.map(([, url]) => `${page} loads ${url}`),
  ]
})
for (const fault of faults) console.error(fault)
console.log(`${pages.length} pages are found by their titles, but for ${faults.length} faults`)
process.exitCode = faults.length > 0 || pages.length < 15 ? 1 : 0
