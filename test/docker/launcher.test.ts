import Dockerode from 'dockerode'
import { describe, expect, test } from 'vitest'
import { dockerProject } from './docker-project.ts'
import { type Engine, findEngine } from './engine.ts'

const found = await findEngine()

describe.skipIf(found === undefined)('agents in containers', { timeout: 240_000 }, () => {
  const engine = found as Engine
  const secrets = [{ type: 'github_token', field: 'token', value: 'ghp-canary' }]

  test('a container’s lines, exit code and name reach the host, and nothing is left of it', async () => {
    await using project = await dockerProject(engine, { secrets })
    const order = project.order('dev', 'echo out; echo err >&2; hostname; exit 11')
    expect(await project.launcher.launch(order)).toEqual({ kind: 'started' })
    const end = await project.endOf(order)
    const hostname = project.printed(order).find((line) => /^[0-9a-f]{12}$/.test(line))
    expect(end).toEqual({ agent: 'dev', suffix: order.suffix, attempt: 1, container: hostname, code: 11 })
    expect(project.lines.find(({ line }) => line === 'err')?.stream).toBe('stderr')
    expect(project.lines.find(({ line }) => line === 'out')?.stream).toBe('stdout')
    await project.emptied()
  })

  test('no secret and no ticket is in what the engine shows of a volume, an image or a name', async () => {
    await using project = await dockerProject(engine, { secrets })
    const order = project.order('dev', 'sleep 60')
    await project.launcher.launch(order)
    const [container] = await project.containers()
    const details = await project.docker.getContainer(container?.Id ?? '').inspect()
    expect(JSON.stringify([details, await project.volumes()])).not.toContain('ghp-canary')
    expect(JSON.stringify([details.Name, details.Args, details.Config.Labels])).not.toContain(order.ticket)
    await project.stopOf(order)
    await project.emptied()
  })

  test('an attempt is launched once, also when it is asked for twice at a time', async () => {
    await using project = await dockerProject(engine, { secrets })
    const order = project.order('dev', 'cat /credentials/github_token/default/token; sleep 60')
    const answers = await Promise.all([project.launcher.launch(order), project.launcher.launch(order)])
    expect(answers).toEqual([{ kind: 'started' }, { kind: 'started' }])
    expect(await project.launcher.launch(order)).toEqual({ kind: 'started' })
    await project.until('the script', () => project.asked[0])
    expect(await project.containers()).toHaveLength(1)
    await project.stopOf(order)
    await project.endOf(order)
    expect(project.asked).toEqual([order.run])
    expect(project.ends).toHaveLength(1)
    await project.emptied()
  })

  test('a container that ignores SIGTERM is gone within 5 s; stopping what is gone succeeds', async () => {
    await using project = await dockerProject(engine)
    const order = project.order(
      'dev',
      `exec node -e 'process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1e6); console.log("up")'`,
    )
    await project.launcher.launch(order)
    await project.until('its start', () => (project.printed(order).includes('up') ? true : undefined))
    const before = performance.now()
    await Promise.all([project.stopOf(order), project.stopOf(order)])
    expect(await project.endOf(order)).toMatchObject({ attempt: 1 })
    expect(performance.now() - before).toBeLessThan(5000)
    await project.emptied()
    await project.stopOf(order)
  })

  test.each([0, 20, 60, 120, 200, 300, 450])('stopped %i ms after its launch began, nothing goes on', async (ms) => {
    await using project = await dockerProject(engine, { secrets })
    const order = project.order('dev', 'echo started; sleep 60')
    const launched = project.launcher.launch(order)
    await new Promise((resolve) => setTimeout(resolve, ms))
    const before = performance.now()
    await project.stopOf(order)
    expect(performance.now() - before).toBeLessThan(5000)
    await launched
    await project.emptied()
    expect(await project.running()).toEqual([])
  })

  test('running out of memory is told as the reason', async () => {
    await using project = await dockerProject(engine, { memoryMiB: 96 })
    const order = project.order(
      'dev',
      'exec node --max-old-space-size=4000 -e "const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))"',
    )
    await project.launcher.launch(order)
    expect(await project.endOf(order)).toMatchObject({ code: 137, reason: 'out of memory: its limit is 96 MiB' })
  })

  test('two projects with an agent of the same name never touch each other’s containers', async () => {
    await using one = await dockerProject(engine, { secrets })
    await using other = await dockerProject(engine, { secrets })
    const script = 'echo up; sleep 60'
    const mine = one.order('dev', script)
    // The same run id, even.
    const theirs = other.order('dev', script, mine.suffix)
    expect(await one.launcher.launch(mine)).toEqual({ kind: 'started' })
    expect(await other.launcher.launch(theirs)).toEqual({ kind: 'started' })
    await one.until('its start', () => one.asked[0])
    await other.until('its start', () => other.asked[0])
    await one.stopOf(mine)
    await one.endOf(mine)
    await one.reopen()
    await one.launcher.adopt()
    await one.emptied()
    expect(await one.running()).toEqual([])
    expect(await other.running()).toMatchObject([{ agent: 'dev', suffix: mine.suffix }])
    expect(await other.volumes()).toHaveLength(1)
    await other.stopOf(theirs)
    await other.endOf(theirs)
  })

  test('the next host hears the lines and the end of what runs, once, and of what ended in between', async () => {
    await using project = await dockerProject(engine, { secrets })
    const long = project.order(
      'long',
      'echo one; for i in $(seq 100); do [ -e /tmp/go ] && break; sleep 0.1; done; echo two; exit 12',
    )
    const short = project.order('short', 'echo up; sleep 1; exit 13')
    await project.launcher.launch(long)
    await project.launcher.launch(short)
    await project.until('their lines', () =>
      project.printed(long).length + project.printed(short).length === 2 ? true : undefined,
    )
    const running = await project.running()
    expect(running.map(({ agent }) => agent).sort()).toEqual(['long', 'short'])
    const containers = await project.containers()
    const idOf = (agent: string) => containers.find(({ Labels }) => Labels['al.agent'] === agent)?.Id ?? ''
    await project.reopen()
    await project.docker.getContainer(idOf('short')).wait()
    await project.launcher.adopt()
    expect(await project.endOf(short)).toMatchObject({
      agent: 'short',
      code: 13,
      container: idOf('short').slice(0, 12),
    })
    const go = await project.docker.getContainer(idOf('long')).exec({ Cmd: ['touch', '/tmp/go'] })
    await go.start({ Detach: true })
    expect(await project.endOf(long)).toMatchObject({ agent: 'long', code: 12 })
    expect(project.printed(long)).toEqual(['one', 'two'])
    expect(project.printed(short)).toEqual(['up'])
    expect(project.ends).toHaveLength(2)
    await project.emptied()
  })

  test('what a host that was killed had half made is cleared away, and its attempt reported', async () => {
    await using project = await dockerProject(engine, { secrets })
    const order = project.order('dev', 'sleep 60')
    await project.launcher.launch(order)
    const [found] = await project.containers()
    const details = await project.docker.getContainer(found?.Id ?? '').inspect()
    await project.stopOf(order)
    await project.endOf(order)
    await project.emptied()
    await project.launcher.close()
    const { Image, Labels } = details.Config
    await project.docker.createVolume({
      Name: `al-${project.project.id}-stray`,
      Labels: { 'al.project': project.project.id },
    })
    await project.docker.createContainer({ Image, Labels, name: details.Name.slice(1) })
    await project.docker.createContainer({ Image, Labels: { 'al.project': project.project.id, 'al.helper': 'yes' } })
    await project.reopen()
    project.ends.length = 0
    await project.launcher.adopt()
    expect(await project.endOf(order)).toMatchObject({ reason: 'the host stopped while it was being started' })
    await project.emptied()
  })

  test('a line of a mebibyte arrives whole, a longer one is cut', async () => {
    await using project = await dockerProject(engine)
    const order = project.order(
      'dev',
      `node -e 'console.log("x".repeat(1000000)); console.log("y".repeat(2000000)); console.log("end")'`,
    )
    await project.launcher.launch(order)
    await project.endOf(order)
    const [whole = '', cut = '', end] = project.printed(order)
    expect(whole).toBe('x'.repeat(1_000_000))
    expect(cut).toMatch(/^y{1048576}… \(951424 more characters\)$/)
    expect(end).toBe('end')
  })

  test('an image that is gone is a failure, an engine that is gone may come back', async () => {
    await using project = await dockerProject(engine)
    const order = project.order('dev', '')
    const without = project.with({ containerOf: () => ({ image: 'al-no-such-image:1', memoryMiB: 64, vcpus: 1 }) })
    expect(await without.launch(order)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('al-no-such-image:1 is gone'),
    })
    const deaf = project.with({ docker: new Dockerode({ host: '127.0.0.1', port: 9 }) })
    expect(await deaf.launch(order)).toMatchObject({ kind: 'refused', why: expect.stringContaining('does not answer') })
    await project.emptied()
  })
})
