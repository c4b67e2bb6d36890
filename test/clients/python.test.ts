import { snippet } from '../support/documents.ts'
import { absent } from './prepare.ts'
import { testClient } from './trial.ts'

const habits = { sendsMetrics: true, resendsAfterCut: true, resendsWhenAsked: true }

testClient({
  name: 'Python SDK',
  lacks: absent('python3'),
  app: {
    name: 'python',
    files: ['python/app.py', 'python/constraints.txt'],
    script: `python3 -m venv . && export PIP_CONSTRAINT=constraints.txt\n${snippet('python install')}`,
    programs: ['bin'],
  },
  start: 'python',
  ways: { http: habits, grpc: habits },
})
