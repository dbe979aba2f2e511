import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { type CredentialType, credentialTypes } from '../../core/credentials/types.ts'
import type { Engine } from '../docker/engine.ts'
import { findEngine } from '../docker/engine.ts'
import { scriptedModel, typing } from './model.ts'
import { meetingPoint, onStage, writeProject } from './stage.ts'

const engine = await findEngine()
const types = (Object.entries(credentialTypes) as [string, CredentialType][]).filter(
  ([, { exposure }]) => exposure === 'agent',
)
const canary = (type: string, field: string) => `canary-${type}-${field}`
const everything = types.flatMap(([type, { fields }]) => Object.keys(fields).map((field) => [type, field] as const))
const variables = types.flatMap(([type, { fields }]) =>
  Object.entries(fields).flatMap(([field, names]) => names.map((name) => [name, canary(type, field)] as const)),
)
const stored = Object.fromEntries(
  everything.map(([type, field]) => [`${type}/default/${field}`, canary(type, field)] as const),
)
/** What the gateway keeps for itself. */
const hidden = { 'github_webhook_secret/default/secret': 'canary-github_webhook_secret-secret' }

const files =
  'cd /credentials && find . -type f | sed s,^./,, | sort | while read -r f; do echo "file $f $(cat "$f")"; done'

const probe = `id -u; id -g; pwd
grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t '
touch /here /app/here /etc/here /home/node/here /credentials/here /var/tmp/here 2>&1 | sed 's/.*: //'
touch /tmp/here && echo /tmp is writable
find / -xdev -writable -not -type l -not -path '/proc/*' 2>/dev/null | sed 's/^/writable /'
echo pids $(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null)
echo memory $(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null)
echo cpu $(cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)
ls /var/run/docker.sock /run/docker.sock 2>&1 | sed 's/.*: //'
curl -s -m 2 -o /dev/null http://gateway:2375/version || echo no engine over the network
curl -s -o /dev/null -w 'health %{http_code}\\n' $GATEWAY_URL/health
curl -s -o /dev/null -w 'control %{http_code}\\n' $GATEWAY_URL/control/status
grep -l canary /proc/[0-9]*/environ 2>/dev/null | grep -v self | sed 's/^/other /'
env | sort | sed 's/^/env /'
${files}`

describe.skipIf(engine === undefined)('inside the container of an agent', { timeout: 300_000 }, () => {
  test('it has its own credentials, all of them and no others, and only the rights of a plain user', async () => {
    const { docker, baseImage } = engine as Engine
    await using point = await meetingPoint('docker')
    await using model = await scriptedModel('docker', {
      lister: typing(`env | sort | sed 's/^/env /'; cat ~/.ssh/id_rsa | sed 's/^/key /'; ${files}`, point.wait('go')),
      plain: typing(probe),
    })
    const list = types.map(([type]) => `"${type}"`).join(', ')
    const schedule = 'schedule = "0 0 1 1 *"\n'
    await using on = await onStage('docker', { docker, baseImage }, (home) =>
      writeProject(home, {
        files: {
          'config.toml':
            '[local]\nmemory = "300m"\ncpus = 0.5\n[webhooks.github]\ntype = "github"\ncredential = "default"\n',
          'agents/lister/agent-config.toml': model.toml('lister', `${schedule}credentials = [${list}]`),
          'agents/plain/agent-config.toml': model.toml('plain', `${schedule}[[webhooks]]\nsource = "github"\n`),
        },
        credentials: { ...stored, ...hidden },
      }),
    )
    const host = await on.start()
    const lister = await host.trigger('lister')
    await host.until('the credentials', () => model.printed('lister') !== '')
    // While the other one still runs beside it.
    await host.trigger('plain')
    await host.until('the end of plain', async () => (await host.runs('plain'))[0]?.status === 'done')
    expect(await host.run(lister)).toMatchObject({ status: 'running' })
    point.allow('go')
    await host.until('the end of lister', async () => (await host.run(lister)).outcome === 'completed')

    const listed = model.printed('lister').split('\n')
    const found = listed.filter((line) => line.startsWith('file ')).sort()
    expect(found).toEqual(
      Object.entries(stored)
        .map(([path, value]) => `file ${path} ${value}`)
        .sort(),
    )
    for (const [name, value] of variables) expect(listed).toContain(`env ${name}=${value}`)
    expect(listed).toContain(`key ${canary('git_ssh', 'id_rsa')}`)

    const plain = model.printed('plain').split('\n')
    expect(plain.slice(0, 3)).toEqual(['1000', '1000', '/tmp'])
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(plain).toContain(`${set}:0000000000000000`)
    expect(plain).toEqual(expect.arrayContaining(['NoNewPrivs:1', 'Seccomp:2', '/tmp is writable']))
    expect(plain.filter((line) => line === 'Read-only file system')).toHaveLength(6)
    expect(plain.filter((line) => line.startsWith('writable ') && !/^writable \/(tmp|dev)(\/|$)/.test(line))).toEqual(
      [],
    )
    expect(plain).toEqual(expect.arrayContaining(['pids 1024', `memory ${300 * 1024 ** 2}`, 'cpu 50000 100000']))
    expect(plain.filter((line) => line === 'No such file or directory')).toHaveLength(2)
    expect(plain).toContain('no engine over the network')
    // Its own routes are there; those of the operator are not.
    expect(plain).toContain('health 200')
    expect(plain.find((line) => line.startsWith('control '))).toMatch(/^control 40[134]$/)
    // Of the secrets of others, the model's key is all it has: its own session is paid with it.
    expect(plain.filter((line) => line.includes('canary'))).toEqual([
      `file anthropic_key/default/token ${canary('anthropic_key', 'token')}`,
    ])
    const names = new Set(variables.map(([name]) => name))
    expect(plain.filter((line) => names.has(/^env ([^=]*)=/.exec(line)?.[1] ?? ''))).toEqual([])
    expect(await host.stopped()).toBe(0)
  })
})

test.skipIf(engine === undefined)(
  '--expose opens the gateway to other machines, and nothing else does',
  { timeout: 120_000 },
  async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address
    if (address === undefined) return console.warn('skipped: this machine has no address but loopback')
    await using model = await scriptedModel('process', { plain: typing('true') })
    await using on = await onStage('process', engine as Engine, (home) =>
      writeProject(home, {
        files: { 'agents/plain/agent-config.toml': model.toml('plain', 'schedule = "0 0 1 1 *"') },
      }),
    )
    const reached = (port: number) =>
      fetch(`http://${address}:${port}/health`).then(
        ({ status }) => status,
        () => 'refused',
      )
    const closed = await on.start()
    expect(await reached(closed.port)).toBe('refused')
    expect(await closed.stopped()).toBe(0)
    const open = await on.start({ words: ['--expose'] })
    expect(await reached(open.port)).toBe(200)
    expect(await open.stopped()).toBe(0)
  },
)
