import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeCaptureFolder } from '../../src/cli/capture-folder.ts'
import { loadCapture } from '../capture.ts'
import { document, startApi, type Api } from '../http/api.ts'
import { scrape, type Family } from '../http/exposition.ts'
import { ARM64, createEntry, enroll, X86 } from '../http/fixtures.ts'
import { rolling, voices } from '../http/rolling.ts'
import { unexported } from './promql.ts'
import { ROOT, sourceFiles } from './source-files.ts'

const read = (path: string) => readFileSync(join(ROOT, 'deploy', path), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}
const rules = (
  parse(read('prometheus/alerts.yaml')) as { groups: { name: string; rules: Rule[] }[] }
).groups.flatMap((group) => group.rules)

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: Record<'x' | 'y' | 'w' | 'h', number>
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}
const dashboard = JSON.parse(read('grafana/berth.json')) as {
  panels: Panel[]
  templating: { list: { name: string; query: string }[] }
}
const expressions = dashboard.panels.flatMap((panel) =>
  (panel.targets ?? []).map((target): [string, string] => [panel.title, target.expr]),
)

describe('what Prometheus and Grafana ask for', () => {
  let api: Api
  let families: ReadonlyMap<string, Family>
  beforeAll(async () => {
    api = await startApi()
    await rolling(api, 1, {})
    // Filled: a pool is there as soon as somebody has taken a lease of it.
    const body = { slots: 2, ttl_seconds: 600, reason: 'test' }
    await api.call({ method: 'put', path: '/v1/lease-pools/default', as: api.admin, body })
    families = await scrape(api)
  })
  afterAll(() => api.close())

  test.each(rules.map(({ alert, expr }) => [alert, expr]))('%s: all of it is exported', (_alert, expr) => {
    expect(unexported(expr, families)).toEqual([])
  })

  test.each(expressions)('%s: all of it is exported', (_title, expr) => {
    expect(unexported(expr, families)).toEqual([])
  })

  test('the list of jobs comes from a metric that is there', () => {
    const job = dashboard.templating.list.find(({ name }) => name === 'job')?.query ?? ''
    expect(unexported(job.replace(', job', ''), families)).toEqual([])
  })

  test('a legend names only labels that its expression leaves', () => {
    const wrong = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr, legendFormat }) => {
        const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '')
        const by = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ')
        return labels.filter((label) => by && !by.includes(label)).map((label) => `${title}: ${label}`)
      }),
    )
    expect(wrong).toEqual([])
  })

  test.each<[why: string, expression: string, wrong: string[]]>([
    ['a metric', 'sum(berth_hots)', ['no metric berth_hots']],
    [
      'a value',
      'berth_rollouts{state="stopped"} > 0',
      ['berth_rollouts is never exported with state="stopped"'],
    ],
    ['a label', 'sum by (host) (berth_hosts)', ['no label host to sum by']],
    ['a bucket without le', 'sum by (le) (berth_http_requests_total)', ['no label le to sum by']],
    ['nothing', 'sum(up{job="berth"}) > 0', []],
  ])('these tests can fail: %s', (_why, expression, wrong) => {
    expect(unexported(expression, families)).toEqual(wrong)
  })
})

describe('deploy/prometheus', () => {
  test('an alert has a name of its own, a severity and a sentence', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(rule.alert).toMatch(/^Berth[A-Z]\w+$/)
      expect(['info', 'warning', 'critical']).toContain(rule.labels.severity)
      expect(rule.annotations.summary.length).toBeGreaterThan(10)
      if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[smhd]$/)
    }
  })

  test('a scrape sends a key to the path that the contract has', () => {
    const [job] = parse(read('prometheus/scrape.yaml')) as [Record<string, unknown>]
    expect(job).toMatchObject({ job_name: 'berth', authorization: { type: 'Bearer' } })
    expect(document.paths[job?.['metrics_path'] as string]).toHaveProperty('get')
  })
})

test('no two panels of the dashboard lie on one another, or have one id', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24)
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`)
  })
  expect(new Set(cells).size).toBe(cells.length)
})

/** What our units use; a key that is not among them is a slip of the pen, which systemd would only warn about. */
const DIRECTIVES: { readonly [section: string]: readonly string[] } = {
  Unit: ['Description', 'Wants', 'After', 'ConditionPathExists', 'ConditionPathIsDirectory'],
  Service: [
    ...[
      'Type',
      'ExecStart',
      'ExecReload',
      'Environment',
      'EnvironmentFile',
      'User',
      'DynamicUser',
      'WorkingDirectory',
      'UMask',
    ],
    ...['StateDirectory', 'StateDirectoryMode', 'RuntimeDirectory', 'RuntimeDirectoryPreserve'],
    ...['ConfigurationDirectory', 'Restart', 'RestartSec', 'TimeoutStopSec', 'LimitNOFILE'],
    ...[
      'CapabilityBoundingSet',
      'NoNewPrivileges',
      'ProtectSystem',
      'ProtectHome',
      'ProtectProc',
      'ProtectClock',
    ],
    ...['ProtectHostname', 'ProtectControlGroups', 'ProtectKernelLogs', 'ProtectKernelModules'],
    ...[
      'ProtectKernelTunables',
      'PrivateTmp',
      'PrivateDevices',
      'PrivateUsers',
      'RemoveIPC',
      'LockPersonality',
    ],
    ...['RestrictAddressFamilies', 'RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID'],
    ...['SystemCallArchitectures', 'SystemCallFilter', 'SystemCallErrorNumber'],
  ],
  Install: ['WantedBy'],
}

describe.each(['berth.service', 'berth-agent.service'])('deploy/systemd/%s', (unit) => {
  const lines = read(`systemd/${unit}`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  test('has only directives that there are, in their sections', () => {
    let section = ''
    const wrong = lines.filter((line) => {
      const head = /^\[(\w+)\]$/.exec(line)
      if (head) section = head[1] ?? ''
      return !head && !DIRECTIVES[section]?.includes(line.split('=')[0] ?? '')
    })
    expect(wrong).toEqual([])
  })

  test('starts a command that there is', async () => {
    const { runProgram } = await import('../../src/cli/program.ts')
    const words =
      lines
        .find((line) => line.startsWith('ExecStart='))
        ?.split(' ')
        .slice(1) ?? []
    const said: string[] = []
    const io = { out: (text: string) => void said.push(text), err: (text: string) => void said.push(text) }
    expect(
      await runProgram(
        [...words.filter((word) => !word.startsWith('-') && !word.startsWith('/')), '--help'],
        io,
      ),
    ).toBe(0)
    for (const option of words.filter((word) => word.startsWith('--')))
      expect(said.join('')).toContain(option)
  })

  test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd finds nothing wrong with it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'berth-unit-'))
    const path = join(dir, unit)
    writeFileSync(path, read(`systemd/${unit}`).replace('/usr/local/bin/berth', process.execPath))
    const ran = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
    rmSync(dir, { recursive: true })
    expect(ran.stderr.split('\n').filter((line) => line.includes(unit))).toEqual([])
  })
})

test('the service may not become root, and writes nowhere but into its own folder', () => {
  const unit = read('systemd/berth.service')
  for (const line of [
    'DynamicUser=yes',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'CapabilityBoundingSet=\n',
  ])
    expect(unit).toContain(line)
  const folder = /^StateDirectory=(.+)$/m.exec(unit)?.[1]
  expect(unit).toContain(`BERTH_DATABASE_URL=file:/var/lib/${folder}/`)
})

test('the agent says plainly that it reboots nothing but what is emulated', () => {
  const unit = read('systemd/berth-agent.service')
  expect(unit.split('\n[Unit]')[0]).toMatch(/no backend over a real kernel[^]*--emulate/)
})

test('the environment names only what the configuration knows', () => {
  const config = readFileSync(join(ROOT, 'src/config.ts'), 'utf8')
  const names = [...read('systemd/berth.env').matchAll(/^#?(BERTH_\w+)=/gm)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(3)
  expect(names.filter((name) => !config.includes(`${name}:`))).toEqual([])
})

describe('deploy/ansible and deploy/cloud-init', () => {
  const playbooks = ['ansible/enroll.yaml', 'ansible/plan.yaml']
  const MODULES = ['uri', 'file', 'command', 'assert', 'debug'].map((name) => `ansible.builtin.${name}`)
  const KEYWORDS = ['name', 'register', 'no_log', 'environment', 'delegate_to', 'become', 'run_once']

  test.each(playbooks)('%s: each task is one module that there is', (playbook) => {
    const plays = parse(read(playbook)) as { name: string; hosts: string; tasks: Record<string, object>[] }[]
    for (const task of plays.flatMap(({ tasks }) => tasks)) {
      const modules = Object.keys(task).filter((key) => !KEYWORDS.includes(key))
      expect([task['name'], modules.length, MODULES]).toEqual([
        task['name'],
        1,
        expect.arrayContaining(modules),
      ])
    }
  })

  test.each([...playbooks, 'cloud-init/user-data.yaml', 'curl/snapshot.sh', 'curl/plan.sh'])(
    '%s calls only what the contract has',
    (file) => {
      const filled = read(file).replace(/\{\{.*?\}\}|\$\([^)]*\)|\$\w+/g, '*')
      const paths = [...filled.matchAll(/\/v1\/[\w*/-]+/g)].map(([path]) => path)
      const templates = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '*'))
      expect(paths.length).toBeGreaterThan(0)
      expect(paths.filter((path) => !templates.includes(path))).toEqual([])
    },
  )

  test('user data is of cloud-init, and what it runs it has written before', () => {
    const text = read('cloud-init/user-data.yaml')
    expect(text.startsWith('#cloud-config\n')).toBe(true)
    const { write_files, runcmd } = parse(text) as {
      write_files: { path: string; permissions: string; content: string }[]
      runcmd: string[][]
    }
    const script = write_files.find(({ path }) => path === runcmd[0]?.[0])
    expect(script?.permissions).toBe('0700')
    expect(write_files.find(({ content }) => content.includes('TOKEN='))?.permissions).toBe('0600')
    execFileSync('sh', ['-n'], { input: script?.content ?? '' })
  })
})

describe.skipIf(!existsSync('/usr/bin/curl'))('deploy/curl', () => {
  let api: Api
  let dir: string
  beforeAll(async () => {
    api = await startApi()
    dir = mkdtempSync(join(tmpdir(), 'berth-curl-'))
  })
  afterAll(async () => {
    await api.close()
    rmSync(dir, { recursive: true })
  })

  const run = async (script: string, argv: readonly string[]) => {
    const env = { ...process.env, BERTH_SERVER: api.url, BERTH_KEY: api.admin }
    const ran = await promisify(execFile)(join(ROOT, 'deploy/curl', script), argv, { env })
    return JSON.parse(ran.stdout) as Record<string, unknown>
  }

  test.each([X86, ARM64])('a capture folder of %s is posted whole, and planned for', async (capture) => {
    const files = { ...loadCapture(capture), 'boot-id': 'boot-1\n' }
    writeCaptureFolder(join(dir, capture), files)
    const host = await enroll(api, { arch: capture.startsWith('arm64') ? 'arm64' : 'x86_64' })
    const posted = await run('snapshot.sh', [host.id, join(dir, capture)])
    expect(posted).toMatchObject({ host: host.id, boot_id: 'boot-1' })
    expect((posted['summary'] as { files: string[] }).files).toEqual(Object.keys(files).sort())
    const entry = await createEntry(api, capture)
    expect(await run('plan.sh', [host.id, entry])).toMatchObject({ host: host.id, boot_entry: entry })
    expect((await voices(api).get(`/hosts/${host.id}/plans`)).items).toEqual([])
  })

  test('what is refused is shown, and the script fails', async () => {
    const { id } = await enroll(api)
    const failed = run('plan.sh', [id, 'nonsense'])
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('invalid-input') })
  })
})

test('every file of deploy/ is told of in its README', () => {
  const table = read('README.md')
  const files = sourceFiles('deploy', ['.service', '.env', '.yaml', '.json', '.sh']).map(({ path }) =>
    path.slice(7),
  )
  expect(files.length).toBeGreaterThan(9)
  expect(files.filter((file) => !table.includes(`\`${file}\``))).toEqual([])
})
