import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { configure } from '../../src/config/load.ts'
import { runTool, toolOf } from './tool.ts'

const root = path.join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const version = JSON.parse(read('package.json')).version as string

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-deploy-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Says at the end of the run which test was left out for want of a tool. */
function needs(name: string, skip: (why: string) => never): string {
  return toolOf(name) ?? skip(`no ${name} here: test/deploy/tools.sh installs it`)
}

describe('Dockerfile', () => {
  test('has no fault that hadolint knows', async ({ skip }) => {
    await runTool(needs('hadolint', skip), 'Dockerfile')
  })

  test('copies only what is in the context, and all that the build needs', () => {
    const context = read('.dockerignore').match(/(?<=^!).*/gm)!
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' '),
    )
    expect(copied.sort()).toEqual([...context].sort())
  })
})

describe('compose.yaml', () => {
  test('has no fault that compose-lint knows but images by tag and the owner of a volume', async ({ skip }) => {
    const told = await runTool(needs('compose-lint', skip), 'check', '--fail-on', 'high', 'compose.yaml')
    const rules = new Set(told.match(/CL-\d+(?= {2,})/g))
    expect([...rules].filter((rule) => !['CL-0018', 'CL-0019'].includes(rule))).toEqual([])
  })

  test('takes the Collector of otel-config.yaml, and settings that there are', () => {
    const { services } = parse(read('compose.yaml'), { merge: true })
    const { NODE_OPTIONS: _, ...env } = services.spanledger.environment
    expect(configure({ file: null, env, flags: {} }).config).toMatchObject({ insecure: true })
    for (const name of Object.keys(services.collector.environment))
      expect(read('otel-config.yaml')).toContain(`env:${name}:`)
  })
})

describe('the chart', () => {
  const chart = 'deploy/helm/spanledger'
  const render = (helm: string, ...flags: readonly string[]) =>
    runTool(helm, 'template', 'ledger', chart, '--kube-version', '1.34.0', ...flags)

  test('is of the version of the program', () => {
    expect(parse(read(`${chart}/Chart.yaml`))).toMatchObject({ version, appVersion: version })
  })

  test('has settings that there are', () => {
    const { config } = parse(read(`${chart}/values.yaml`))
    const entries = new Map(Object.entries(config).map(([key, value], line) => [key, { value, line }]))
    const configured = configure({ file: { path: 'values.yaml', entries }, env: {}, flags: {} })
    expect(configured.config).toMatchObject({ tokens: 'table', grpcHealth: true })
  })

  test('is taken by helm lint --strict, and its schema refuses wrong values', async ({ skip }) => {
    const helm = needs('helm', skip)
    expect(await runTool(helm, 'lint', '--strict', chart)).toContain('0 chart(s) failed')
    for (const wrong of ['replicas=many', 'image.digest=latest', 'config.database_url=postgres://x', 'replica=3'])
      await expect(render(helm, '--set-string', wrong), wrong).rejects.toThrow('schema')
  })

  test('renders what Kubernetes takes, strictly, with every option', async ({ skip }) => {
    const validate = needs('kubernetes-validate', skip)
    const options = [
      'serviceMonitor.enabled=true',
      'networkPolicy.scrapers[0].namespaceSelector.matchLabels.name=metrics',
    ]
    const rendered = await render(needs('helm', skip), ...options.flatMap((option) => ['--set', option]))
    const documents = parseAllDocuments(rendered).map((document) => document.toJS())
    const ofKubernetes = documents.filter(({ kind }) => kind !== 'ServiceMonitor')
    const file = path.join(folder, 'rendered.yaml')
    writeFileSync(file, ofKubernetes.map((one) => JSON.stringify(one)).join('\n---\n'))
    const told = await runTool(validate, '--strict', '-k', '1.34', file)
    expect(told.match(/passed/g)).toHaveLength(ofKubernetes.length)
    const kinds = ['ConfigMap', 'CronJob', 'Deployment', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'Service']
    expect(documents.map(({ kind }) => kind).sort()).toEqual([...kinds, 'ServiceAccount', 'ServiceMonitor'])
  })

  test('keeps a bridge in its service while the database is away, and migrates by another role', async ({ skip }) => {
    const documents = parseAllDocuments(await render(needs('helm', skip))).map((document) => document.toJS())
    const podOf = (kind: string) => documents.find((one) => one.kind === kind).spec.template.spec
    const [bridge] = podOf('Deployment').containers
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(bridge[probe].httpGet.path).toBe('/healthz')
    const secretOf = (container: typeof bridge) => container.env[0].valueFrom.secretKeyRef.key
    expect([secretOf(bridge), secretOf(podOf('Job').containers[0])]).toEqual(['url', 'owner-url'])
    expect(bridge.env).toContainEqual({ name: 'SPANLEDGER_MIGRATE', value: 'false' })
    for (const container of [bridge, podOf('Job').containers[0]])
      expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
  })
})

describe('the service of systemd', () => {
  const unit = 'deploy/systemd/spanledger.service'

  test('is exposed by 1.5 of 10 at most', async ({ skip }) => {
    const told = await runTool(needs('systemd-analyze', skip), 'security', '--offline=true', '--threshold=15', unit)
    expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(told)?.[1])).toBeLessThanOrEqual(1.5)
  })

  test('is verified, with a program in the place of one that is not installed', async ({ skip }) => {
    const file = path.join(folder, 'spanledger.service')
    writeFileSync(file, read(unit).replace('/usr/bin/spanledger', process.execPath))
    expect(await runTool(needs('systemd-analyze', skip), 'verify', file)).toBe('')
  })
})

describe('the workflows', () => {
  const folderOfWorkflows = path.join(root, '.github', 'workflows')
  const workflows = readdirSync(folderOfWorkflows)

  test('give no permission but to the job that needs one, and pin every action by its commit', () => {
    expect(workflows).toEqual(['ci.yml', 'release.yml'])
    for (const file of workflows) {
      const text = readFileSync(path.join(folderOfWorkflows, file), 'utf8')
      expect(parse(text).permissions).toEqual({})
      const uses = text.match(/uses: .*/g)!
      expect(uses.filter((line) => !/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
    }
  })

  test('have no fault that zizmor and actionlint know', async ({ skip }) => {
    const [zizmor, actionlint] = [needs('zizmor', skip), needs('actionlint', skip)]
    await runTool(zizmor, '--offline', '--persona=auditor', '.github')
    await runTool(actionlint, ...workflows.map((file) => path.join(folderOfWorkflows, file)))
  })
})
