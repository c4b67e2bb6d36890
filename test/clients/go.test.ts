import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { snippet } from '../support/documents.ts'
import { absent } from './prepare.ts'
import { testClient } from './trial.ts'

const habits = { sendsMetrics: false, resendsAfterCut: true, resendsWhenAsked: true }

testClient({
  name: 'Go SDK',
  lacks: absent('go'),
  app: { name: 'go', files: ['go/main.go', 'go/go.mod', 'go/go.sum'], script: 'go build .' },
  start: 'go',
  ways: {
    http: { ...habits, resendsAfterCut: false, shows: ['client certificate'] },
    grpc: { ...habits, shows: ['bearer token'] },
  },
})

test('docs/sending.md shows the lines of the Go app', () => {
  const lines = (text: string) => text.split('\n').map((line) => line.trim())
  const app = readFileSync(path.join(import.meta.dirname, 'go', 'main.go'), 'utf8')
  expect(lines(app).join('\n')).toContain(lines(snippet('go code')).join('\n').trim())
})
