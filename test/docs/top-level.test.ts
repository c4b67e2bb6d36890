import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

/** What tools, forges and people look for at the top of a repository, and the folders of docs/development.md. */
const expected = [
  '.ci',
  '.dockerignore',
  '.github',
  '.gitignore',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'Dockerfile',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'biome.json',
  'compose.yaml',
  'deploy',
  'docs',
  'otel-config.yaml',
  'package-lock.json',
  'package.json',
  'proto',
  'src',
  'test',
  'tsconfig.json',
]

test('the top of the repository has what is expected there, and nothing else', () => {
  const cwd = path.join(import.meta.dirname, '..', '..')
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd,
    encoding: 'utf8',
  })
  const top = new Set(
    files
      .trim()
      .split('\n')
      .map((file) => file.split('/')[0]!),
  )
  expect([...top].sort()).toEqual(expected)
})
