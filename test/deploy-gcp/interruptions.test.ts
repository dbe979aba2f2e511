import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { googleProject, noPulumi, openSite, type Site } from './site.ts'

if (noPulumi !== undefined) console.warn(`test/deploy-gcp: skipped: ${noPulumi}`)

/** A deploy that is cut off, and what the next one makes of it. Each test goes on where the one before ended. */
describe.skipIf(noPulumi !== undefined)('a deploy that is interrupted', { timeout: 400_000 }, () => {
  let site: Site
  const project = googleProject('cut')
  const deploy = ['deploy', '--yes', '-p', project]
  const state = () => join(site.state, '.pulumi/stacks/al-cut/default.json')
  const locks = () => {
    const directory = join(site.state, '.pulumi/locks/organization/al-cut/default')
    return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : []
  }

  beforeAll(async () => {
    site = await openSite(project)
  })
  afterAll(() => site?.stop())

  test('before anything is changed, it leaves nothing behind', async () => {
    site.google.next(/GET secretmanager/, 'hang')
    const running = site.start(deploy)
    await running.says(/life|cut \(default\)/)
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(stderr).toContain('interrupted: nothing was changed')
    expect(code).toBe(130)
    expect(site.names()).toEqual([])
  })

  test('while an image is built, the build is cancelled and the next deploy builds it', async () => {
    site.google.builds.state.outcome = 'WORKING'
    const running = site.start(deploy)
    await running.says(/image .*: working/)
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(stderr).toContain(
      `there is a repository for images, and nothing else: \`al deploy -p ${project}\` goes on from there`,
    )
    expect(code).toBe(130)
    expect(site.google.builds.builds.at(-1)?.status).toBe('CANCELLED')
    expect(site.names()).not.toContain('gateway')
    site.google.builds.state.outcome = 'SUCCESS'
  })

  test('while a resource is made, it is ended and written down; the state is not left locked', async () => {
    site.fates([{ of: 'create agent-dev', waitsFor: 'go' }])
    const running = site.start(deploy)
    await expect.poll(() => site.calls().includes('create agent-dev'), { timeout: 150_000 }).toBe(true)
    expect(locks()).toHaveLength(1)

    // Meanwhile, a second one says who deploys.
    const second = await site.al(deploy)
    expect(second.stderr).toMatch(/another deploy is in progress: \S+@\S+ \(process \d+, since 20/)
    expect(second.code).toBe(5)

    running.child.kill('SIGINT')
    site.release('go')
    const { code, stderr } = await running.ended
    expect(stderr).toContain(`what was done stays; \`al deploy -p ${project}\` goes on from there`)
    expect(code).toBe(130)
    expect(locks()).toEqual([])
    site.fates([])
    const again = await site.al(deploy)
    expect(again.code, again.stderr).toBe(0)
    expect((await site.al(['diff', '--exit-code', '-p', project])).code).toBe(0)
  })

  test('what was made while Pulumi was killed is taken in by the next deploy, not made twice', async () => {
    const gone = await site.al(['destroy', '--yes', '-p', project])
    expect(gone.code, gone.stderr).toBe(0)
    site.showDatabases()
    site.calls()
    // It is there, but the answer never comes: all processes are killed before.
    site.fates([{ of: 'lose images', waitsFor: 'never' }])
    const running = site.start(deploy)
    await expect.poll(() => site.names().includes('images'), { timeout: 150_000 }).toBe(true)
    // A directory is no bucket: what is killed while it writes leaves half a file. All but this one is done when it rests.
    let before = ''
    const rests = () => {
      const last = before
      before = existsSync(state()) ? readFileSync(state(), 'utf8') : ''
      return before !== '' && before === last
    }
    await expect.poll(rests, { timeout: 60_000, interval: 2000 }).toBe(true)
    const [lock = ''] = locks()
    const { pid } = JSON.parse(
      readFileSync(join(site.state, '.pulumi/locks/organization/al-cut/default', lock), 'utf8'),
    )
    process.kill(-pid, 'SIGKILL')
    await running.ended
    expect(locks()).toHaveLength(1)
    site.fates([])
    const again = await site.al(deploy)
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr).toContain('that is over, and the state is free again')
    expect(site.names()).toEqual(expect.arrayContaining(['images', 'gateway']))
    expect((await site.al(['diff', '--exit-code', '-p', project])).code).toBe(0)
  })

  test('a lock that a machine has left which is not this one is not taken away by --yes', async () => {
    const directory = join(site.state, '.pulumi/locks/organization/al-cut/default')
    mkdirSync(directory, { recursive: true })
    const lock = { pid: 7, username: 'ci', hostname: `not-${hostname()}`, timestamp: new Date().toISOString() }
    writeFileSync(join(directory, '1.json'), JSON.stringify(lock))
    writeFileSync(join(project, 'agents/dev/agent-config.toml'), 'schedule = "0 6 * * *"\ntimeout = 700\n')
    const { code, stderr } = await site.al(deploy)
    expect(stderr).toMatch(/ci@not-.*has begun a deploy and not ended it/)
    expect(code).toBe(5)

    // The command that is named frees the state as it stands, from any directory.
    const [, command = ''] = /`(PULUMI_BACKEND_URL=[^`]+)`/.exec(stderr) ?? []
    const PATH = `${dirname(process.env.AL_PULUMI ?? '')}:${process.env.PATH}`
    await promisify(execFile)('sh', ['-c', command], { cwd: site.home, env: { HOME: site.home, PATH } })
    expect(locks()).toEqual([])
  })
})
