import { snippet } from '../support/documents.ts'
import { absent } from './prepare.ts'
import { testClient } from './trial.ts'

const habits = { sendsMetrics: true, resendsAfterCut: true, resendsWhenAsked: true }
const never = { ...habits, resendsAfterCut: false, resendsWhenAsked: false }

// SDK 3 needs a newer Node than we do; its package.json brings one for this platform only.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const newNode = major > 22 || (major === 22 && minor >= 15) || (process.platform === 'linux' && process.arch === 'x64')

for (const sdk of [2, 3]) {
  testClient({
    name: `JavaScript SDK ${sdk}`,
    lacks: [...absent('npm'), ...(sdk === 3 && !newNode ? ['Node 22.15'] : [])],
    app: {
      name: `javascript-${sdk}`,
      files: ['javascript/app.mjs', `javascript/sdk-${sdk}/package.json`, `javascript/sdk-${sdk}/package-lock.json`],
      script: snippet('javascript install'),
      programs: ['node_modules/.bin'],
    },
    start: 'javascript',
    ways: {
      http: { ...habits, shows: ['client certificate'] },
      json: { ...habits, shows: ['bearer token'] },
      grpc: never,
    },
  })
}
