import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostKind } from './hosts/host.ts'
import { Scene } from './scene.ts'

/** One scenario has the same history wherever the control plane runs. */
export function scenariosOn(kind: HostKind): void {
  describe.skipIf(kind.missing)(`on ${kind.name}${kind.missing ? ` (skipped: ${kind.missing})` : ''}`, () => {
    let scene: Scene
    beforeAll(async () => {
      scene = await Scene.open(kind)
    }, 60_000)
    afterAll(() => scene?.close())

    test('a signed delivery starts its agent once, however often it is sent; with a wrong signature nothing', async () => {
      expect((await scene.push('hooked', { id: 'd-1', secret: 'a guess' })).status).toBe(401)
      expect(scene.started('hooked')).toHaveLength(0)
      const { status, body } = await scene.push('hooked', { id: 'd-1' })
      expect([status, body.matched]).toEqual([200, 1])
      const [agent] = scene.started('hooked')
      expect(await agent?.claim()).toMatchObject({
        status: 200,
        body: { agent: 'hooked', input: { event: 'push', repo: 'acme/hooked' } },
      })
      expect(await scene.push('hooked', { id: 'd-1' })).toMatchObject({ status: 200, body: { skipped: 1 } })
      expect(await agent?.finish('completed')).toMatchObject({ status: 200 })
      expect(await scene.push('hooked', { id: 'd-1' })).toMatchObject({ status: 200, body: { skipped: 1 } })
      expect(scene.started('hooked')).toHaveLength(1)
      expect(await scene.runs('hooked')).toMatchObject([{ status: 'done', outcome: 'completed' }])
      expect((await scene.push('nobody')).body).toMatchObject({ matched: 0 })
    })

    test('what waits starts in its turn; a full queue says so, and takes the same delivery later', async () => {
      for (const id of ['q-1', 'q-2', 'q-3']) expect((await scene.push('busy', { id })).status).toBe(200)
      const refused = await scene.push('busy', { id: 'q-4' })
      expect(refused).toMatchObject({ status: 503, body: { refused: [{ agent: 'busy' }] } })
      expect(scene.started('busy')).toHaveLength(1)
      await (await scene.claimed('busy')).finish('completed')
      expect((await scene.push('busy', { id: 'q-4' })).status).toBe(200)
      for (let i = 0; i < 3; i++) await (await scene.claimed('busy')).finish('completed')
      const runs = await scene.runs('busy')
      expect(runs.map(({ outcome }) => outcome)).toEqual(Array(4).fill('completed'))
      const order = scene.started('busy').map(({ run }) => runs.find(({ id }) => id === run)?.trigger.delivery)
      expect(order).toEqual(['q-1', 'q-2', 'q-3', 'q-4'])
    })

    test('a minute of a schedule makes one run, and none while the agent is busy', async () => {
      const at = scene.minute
      for (let told = 0; told < 2; told++) expect(await scene.host.tick('ticking', at)).toBe(true)
      expect(scene.started('ticking')).toHaveLength(1)
      const agent = await scene.claimed('ticking')
      await scene.host.tick('ticking', at + 60_000)
      await agent.finish('completed')
      await scene.host.tick('ticking', at + 60_000)
      expect(scene.started('ticking')).toHaveLength(1)
      // Nothing bursts after an outage.
      scene.stage.pass(600_000)
      await scene.host.tick('ticking', at + 120_000)
      expect(scene.started('ticking')).toHaveLength(1)
      expect(await scene.host.tick('ticking', scene.minute)).toBe(true)
      await (await scene.claimed('ticking')).finish('completed')
      expect((await scene.runs('ticking')).map(({ trigger }) => trigger.kind)).toEqual(['tick', 'tick'])
    })

    test('a lock has one holder, and its fence grows when the holder ends', async () => {
      const [keeper, seeker] = [await scene.begin('keeper'), await scene.begin('seeker')]
      const lock = { resourceKey: 'main branch' }
      const first = await keeper.say('/locks/acquire', lock)
      expect(first.status).toBe(200)
      expect(await seeker.say('/locks/acquire', lock)).toMatchObject({ status: 409, body: { holder: keeper.run } })
      expect((await seeker.say('/locks/release', lock)).status).toBe(409)
      expect(await keeper.say('/locks/heartbeat', lock)).toMatchObject({
        status: 200,
        body: { fence: first.body.fence },
      })
      await keeper.finish('completed')
      expect((await keeper.say('/locks/acquire', lock)).status).toBe(403)
      const second = await seeker.say('/locks/acquire', lock)
      expect(second.status).toBe(200)
      expect(Number(second.body.fence)).toBeGreaterThan(Number(first.body.fence))
      await seeker.finish('completed')
    })

    test('a call brings back what the called agent returns, to the run that made it', async () => {
      const [caller, stranger] = [await scene.begin('caller'), await scene.begin('keeper')]
      const call = (key: string) =>
        caller.say('/calls', { targetAgent: 'callee', context: 'what is 6 × 7?' }, undefined, {
          'idempotency-key': key,
        })
      const { callId } = (await call('one')).body
      expect((await call('one')).body.callId).toBe(callId)
      const callee = scene.latest('callee')
      expect(await callee.claim()).toMatchObject({ body: { input: 'what is 6 × 7?' } })
      expect((await caller.say(`/calls/${callId}`)).body).toMatchObject({ status: 'running' })
      expect((await stranger.say(`/calls/${callId}`)).status).toBe(404)
      const long = '42 '.repeat(5000)
      await callee.finish('completed', long)
      expect((await caller.say(`/calls/${callId}`)).body).toEqual({ status: 'completed', returnValue: long })
      const second = (await call('two')).body.callId
      await (await scene.claimed('callee')).finish('error')
      expect((await caller.say(`/calls/${second}`)).body).toMatchObject({ status: 'error', outcome: 'error' })
      expect((await caller.say('/calls', { targetAgent: 'caller', context: 'x' })).status).toBe(409)
      for (const one of [caller, stranger]) await one.finish('completed')
      expect(await scene.runs('callee')).toHaveLength(2)
    })

    test('an agent that wants to go on does, as often as it may', async () => {
      let agent = await scene.begin('again')
      for (let times = 0; times < 2; times++) {
        expect((await agent.finish('rerun')).body).toMatchObject({ outcome: 'rerun', next: expect.any(String) })
        agent = await scene.claimed('again')
      }
      expect((await agent.finish('rerun')).body.next).toBeUndefined()
      expect(scene.started('again')).toHaveLength(3)
      expect((await scene.runs('again')).every(({ status }) => status === 'done')).toBe(true)
    })

    test('a run that is killed hears of it, and one that has not begun never does', async () => {
      const running = await scene.begin('doomed')
      expect((await scene.control(`/control/kill/${running.run}`)).status).toBe(200)
      // Where its container is stopped at once, nobody is left to hear it.
      if (running.launched.container?.isStopped() !== true) {
        expect((await running.say('/runs/self')).body).toMatchObject({ stop: expect.any(String) })
      }
      await running.finish('killed')
      await scene.control('/control/trigger/doomed')
      const waiting = scene.latest('doomed')
      expect((await scene.control(`/control/kill/${waiting.run}`)).status).toBe(200)
      expect(waiting.launched.container?.isStopped() ?? true).toBe(true)
      expect((await waiting.claim()).status).toBe(410)
      expect((await scene.runs('doomed')).map(({ outcome }) => outcome)).toEqual(['killed', 'killed'])
    })

    test('while an agent is paused its deliveries wait, and they start when it goes on', async () => {
      expect((await scene.control('/control/agents/patient/pause')).status).toBe(200)
      expect((await scene.push('patient', { id: 'p-1' })).status).toBe(200)
      await scene.minutes(2)
      expect(scene.started('patient')).toHaveLength(0)
      expect((await scene.control('/control/agents/patient/resume')).status).toBe(200)
      await (await scene.claimed('patient')).finish('completed')
      expect(await scene.runs('patient')).toMatchObject([{ outcome: 'completed' }])
    })

    test('a container that dies is reported by its platform: its run ends with the reason, and the next one starts', async () => {
      for (const id of ['c-1', 'c-2']) await scene.push('crashing', { id })
      const { launched } = await scene.claimed('crashing')
      if (launched.container === undefined) throw new Error('it has no name')
      launched.container.end(137)
      expect(await scene.host.ended(launched.container, 137)).toBe(true)
      const next = await scene.claimed('crashing')
      // Told again, it means nothing.
      expect(await scene.host.ended(launched.container, 137)).toBe(true)
      await next.finish('completed')
      const runs = await scene.runs('crashing')
      expect(runs.map(({ outcome }) => outcome)).toEqual(['completed', 'error'])
      expect(runs[1]?.reason).toMatch(/137/)
    })

    test('a container that falls silent is given up by the sweep, and what waits starts', async () => {
      for (const id of ['s-1', 's-2']) await scene.push('silent', { id })
      const silent = await scene.claimed('silent')
      await scene.minutes(12)
      expect((await scene.runs('silent')).at(-1)).toMatchObject({ id: silent.run, outcome: 'lost' })
      expect((await silent.finish('completed')).status).toBe(410)
      await (await scene.claimed('silent')).finish('completed')
      expect((await scene.runs('silent')).map(({ outcome }) => outcome)).toEqual(['completed', 'lost'])
    })

    test('a host that dies takes nothing along: what runs ends, and what waits starts', async () => {
      for (const id of ['h-1', 'h-2']) await scene.push('surviving', { id })
      const agent = await scene.claimed('surviving')
      for (const one of scene.host.processes) one.kill()
      expect(await agent.finish('completed')).toMatchObject({ status: 200, body: { outcome: 'completed' } })
      await (await scene.claimed('surviving')).finish('completed')
      expect((await scene.runs('surviving')).map(({ outcome }) => outcome)).toEqual(['completed', 'completed'])
      expect(scene.host.processes.flatMap(({ crashes }) => crashes)).toEqual([])
    })

    test('nothing is left in the end', async () => {
      expect(await scene.host.store.list('live')).toEqual([])
    })
  })
}
