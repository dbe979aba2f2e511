import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Usage } from '../../core/scheduler/run.ts'
import { runSession, type SessionEnd, type SessionOptions } from '../../docker/agent/session/session.ts'
import type { Turn } from '../../examples/scripted-model/script.ts'
import { type RecordedRequest, startScriptedModel } from '../../examples/scripted-model/server.ts'

export interface Line {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Played {
  readonly end: SessionEnd
  readonly lines: readonly Line[]
  readonly requests: readonly RecordedRequest[]
  readonly totals: readonly Usage[]
  /** The waits between attempts, in milliseconds; none of them was waited for. */
  readonly waits: readonly number[]
  readonly directory: string
}

export interface PlayOptions extends Partial<Omit<SessionOptions, 'model'>> {
  readonly model?: Partial<SessionOptions['model']>
  readonly summary?: string
  /** Called with each line of the log while the session runs. */
  readonly onLine?: (line: Line) => void
}

/** Runs a session in a directory of its own against a model that plays these turns. */
export async function play(turns: readonly Turn[], options: PlayOptions = {}): Promise<Played> {
  const { model: changes, summary, onLine, ...rest } = options
  const scripted = await startScriptedModel({
    scripts: { default: { turns, ...(summary !== undefined && { summary }) } },
  })
  const directory = await mkdtemp(join(tmpdir(), 'al-session-'))
  onTestFinished(async () => {
    await scripted.close()
    await rm(directory, { recursive: true })
  })
  const lines: Line[] = []
  const totals: Usage[] = []
  const waits: number[] = []
  const usesV1 = changes?.provider !== undefined && changes.provider !== 'anthropic'
  const end = await runSession(
    {
      model: {
        ...{ provider: 'anthropic', model: 'claude-sonnet-4-5' },
        baseUrl: usesV1 ? `${scripted.url}/v1` : scripted.url,
        ...changes,
      },
      ...{ apiKey: 'key-of-the-test', systemPrompt: 'You are a test.', prompt: 'Do what has to be done.' },
      directory,
      environment: { PATH: process.env.PATH ?? '', HOME: directory },
      signal: new AbortController().signal,
      log: (level, message, fields = {}) => {
        const line = { level, message, fields }
        lines.push(line)
        onLine?.(line)
      },
      onUsage: (total) => totals.push(total),
      ...rest,
    },
    {
      pause: async (ms) => {
        waits.push(ms)
      },
      chance: () => 0,
    },
  )
  return { end, lines, requests: scripted.requests, totals, waits, directory }
}

export const bash = (command: string, timeout?: number) => ({
  name: 'bash',
  input: { command, ...(timeout !== undefined && { timeout }) },
})

export const messagesOf = (lines: readonly Line[], level?: string): string[] =>
  lines.filter((line) => level === undefined || line.level === level).map(({ message }) => message)
