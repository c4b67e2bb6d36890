import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { documents, readDocument } from '../support/documents.ts'

const files = [...documents, 'CHANGELOG.md', 'src/README.md', 'src/exporting/README.md']

const isThere = (file: string) => existsSync(path.join(import.meta.dirname, '..', '..', file))

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  const headings = readDocument(file).matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, text]) =>
    text!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

test.each(files)('every link of %s leads somewhere', (file) => {
  expect(readDocument(file)).toMatch(/^# /)
  const links = [...readDocument(file).matchAll(/\]\((?!https?:)([^)]*)\)/g)].map(([, link]) => link!)
  const broken = links.filter((link) => {
    const [target, anchor] = link.split('#') as [string, string?]
    const to = target === '' ? file : path.posix.join(path.posix.dirname(file), target)
    return !isThere(to) || (anchor !== undefined && !anchorsOf(to).includes(anchor))
  })
  expect(broken).toEqual([])
})

test.each(files)('every file and folder that %s names is there', (file) => {
  const named = [...readDocument(file).matchAll(/`([\w-]+\/[\w./-]*)`/g)].map(([, name]) => name!)
  const ours = named.filter((name) => isThere(name.split('/')[0]!))
  expect(ours.filter((name) => !isThere(name))).toEqual([])
})

test('every file and folder that src/README.md names is there', () => {
  const named = [...readDocument('src/README.md').matchAll(/`([\w-]+\/[\w./-]*|[\w-]+\.ts)`/g)].map(([, name]) => name!)
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter((name) => !isThere(`src/${name}`) && !isThere(name))).toEqual([])
})

test('the sidebar of the site leads to every page', () => {
  const config = readDocument('docs/.vitepress/config.mjs')
  const pages = documents.map((file) => (file === 'README.md' ? '/' : `/${file.replace('.md', '')}`))
  expect(pages.filter((page) => !config.includes(`link: '${page}' `))).toEqual([])
})
