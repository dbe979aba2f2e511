import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Turn } from '../../examples/scripted-model/script.ts'
import { bash, messagesOf, play } from './play.ts'

interface StopOptions {
  /** The line of the log that the session has to have come to. */
  readonly message: string
  /** What has to be so besides. Default: a moment has passed. */
  readonly until?: () => Promise<unknown>
  readonly directory?: string
}

/** Stops the session, and says how many milliseconds it took to end. */
async function stopAt({ message, until = () => setTimeout(100), ...rest }: StopOptions, turns: readonly Turn[]) {
  const stop = new AbortController()
  let at: number | undefined
  let seen = false
  const played = await play(turns, {
    ...rest,
    signal: stop.signal,
    onLine: (line) => {
      if (line.message !== message || seen) return
      seen = true
      void until().then(() => {
        at = performance.now()
        stop.abort()
      })
    },
  })
  return { ...played, took: performance.now() - (at ?? Number.NaN) }
}

/** A process that nobody has reaped yet is dead all the same. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !/\) [ZX]/.test(stat)
}

const pidIn = async (directory: string): Promise<number> => Number(await readFile(join(directory, 'pid'), 'utf8'))

describe('stopping a session', () => {
  it('kills the running tool and its children within a second', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'al-stop-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const { end, took, requests } = await stopAt(
      {
        message: 'bash',
        directory,
        until: () => vi.waitFor(async () => expect(await pidIn(directory)).toBeGreaterThan(0)),
      },
      [{ tools: [bash(`trap '' TERM INT; (sleep 300 & echo $! > pid; wait); true`)] }, { text: 'never said' }],
    )
    expect(end).toMatchObject({ kind: 'aborted', usage: { turnCount: 1 } })
    expect(took).toBeLessThan(1000)
    const pid = await pidIn(directory)
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false))
    expect(requests).toHaveLength(1)
  })

  it('ends a call to the model that nothing comes back from', async () => {
    const { end, took } = await stopAt({ message: 'session created, sending prompt' }, [{ fail: 'hang' }])
    expect(end.kind).toBe('aborted')
    expect(took).toBeLessThan(1000)
  })

  it('ends an answer in the middle of its stream', async () => {
    const { end, took } = await stopAt({ message: 'session created, sending prompt' }, [{ text: 'slowly', pace: 300 }])
    expect(end.kind).toBe('aborted')
    expect(took).toBeLessThan(1000)
  })

  it('starts nothing when it was stopped before', async () => {
    const { end, requests } = await play([{ text: 'x' }], { signal: AbortSignal.abort() })
    expect(end.kind).toBe('aborted')
    expect(requests).toEqual([])
  })

  it('what a command left in the background lives as long as the session, and no longer', async () => {
    const { end, requests, directory } = await play([
      { tools: [bash('sleep 300 >/dev/null 2>&1 & echo $! > pid')] },
      { tools: [bash('kill -0 $(cat pid) && echo still there')] },
      { text: 'x' },
    ])
    expect(end.kind).toBe('completed')
    expect(JSON.stringify(requests[2]?.body)).toContain('still there')
    const pid = await pidIn(directory)
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false))
  })
})

describe('credentials that remote services refuse', () => {
  const refused = bash('echo "git@github.com: Permission denied (publickey)." >&2; exit 128')

  it('three refusals end the session, and the model is asked no more', async () => {
    const { end, lines, requests } = await play([
      { tools: [refused] },
      { tools: [bash('true')] },
      { tools: [refused] },
      { tools: [refused, bash('sleep 300')] },
      { text: 'never said' },
    ])
    expect(end).toMatchObject({ kind: 'failed', why: 'repeated auth/permission failures' })
    expect(end).not.toHaveProperty('modelRefused')
    expect(requests).toHaveLength(4)
    expect(messagesOf(lines, 'error')).toContain('Aborting: repeated auth/permission failures — check credentials')
  })

  it('files that may not be read are no such refusal', async () => {
    const local = bash('echo "cat: /etc/shadow: Permission denied"; exit 1')
    const { end } = await play([...Array.from({ length: 5 }, () => ({ tools: [local] })), { text: 'I gave up.' }])
    expect(end).toMatchObject({ kind: 'completed', text: 'I gave up.' })
  })

  it('a command that succeeds may say what it likes', async () => {
    const said = bash('echo "fatal: Authentication failed for https://github.com"')
    const { end } = await play([...Array.from({ length: 4 }, () => ({ tools: [said] })), { text: 'x' }])
    expect(end.kind).toBe('completed')
  })
})
