import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Lock } from '../../infra/gcp/deploy/deploy-failure.ts'
import { lockRecords } from '../../infra/gcp/deploy/lock-records.ts'
import { asker } from '../ui/ask.ts'
import { freeStaleLocks } from './free-lock.ts'

const lock = (host: string, since = new Date().toISOString()): Lock => {
  return { name: `locks/of-${host}.json`, who: `ci@${host}`, host, pid: 42, since }
}
const longAgo = '2020-01-01T00:00:00Z'

interface Given {
  readonly answer?: boolean
  readonly runs?: boolean
  /** The holder as it was written down here: a process group, and where it was counted. */
  readonly record?: { readonly group: number; readonly where: string }
}

function stack(held: Lock, { answer, runs = false, record }: Given = {}) {
  const freed: (string | undefined)[] = []
  const directory = mkdtempSync(join(tmpdir(), 'al-locks-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  if (record !== undefined) lockRecords(directory, record.where).remember(held, record.group)
  const nobody = asker({ isTerminal: false })
  return {
    freed,
    free: () =>
      freeStaleLocks({
        place: { bucket: 'b', project: 'al-life', stack: 'production', object: 'o', locks: 'l' },
        url: 'gs://b',
        files: { locks: async () => [held], unlock: async ({ name }) => void freed.push(name) },
        ask: answer === undefined ? nobody : { ...nobody, reachesPerson: true, confirm: async () => answer },
        ui: { emit: () => {} },
        records: lockRecords(directory, 'here'),
        isRunning: () => runs,
      }),
  }
}

/** The number of a process group that has ended. */
async function endedGroup(): Promise<number> {
  const child = spawn('true', { detached: true, stdio: 'ignore' })
  await once(child, 'close')
  return child.pid ?? 0
}

test('a deploy that runs on this machine is never cut off, whatever the answer', async () => {
  const { free, freed } = stack(lock(hostname()), { runs: true, answer: true })
  await expect(free()).rejects.toThrow(/another deploy is in progress: ci@\S+ \(process 42, since 20/)
  expect(freed).toEqual([])
})

test('a lock whose holder was counted here and has ended is freed without asking, and no other lock', async () => {
  const { free, freed } = stack(lock('builder'), { record: { group: await endedGroup(), where: 'here' } })
  await free()
  expect(freed).toEqual(['locks/of-builder.json'])
})

test.each([
  ['on a host of this name: a container may have its name', lock(hostname()), async () => undefined],
  ['of long ago: a machine that slept goes on with its deploy', lock('laptop', longAgo), async () => undefined],
  ['that was taken in another container', lock('builder'), async () => ({ group: await endedGroup(), where: 'there' })],
  ['whose holder lives', lock('builder'), async () => ({ group: processGroup(), where: 'here' })],
])('a lock %s is freed only if a person says so', async (_, held, recorded) => {
  const record = await recorded()
  const given = record === undefined ? {} : { record }
  const yes = stack(held, { ...given, answer: true })
  await yes.free()
  expect(yes.freed).toEqual([held.name])
  for (const one of [stack(held, { ...given, answer: false }), stack(held, given)]) {
    await expect(one.free()).rejects.toThrow(/another deploy is in progress: ci@/)
    expect(one.freed).toEqual([])
  }
})

/** A group that lives as long as the test. */
function processGroup(): number {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  child.unref()
  return child.pid ?? 0
}
