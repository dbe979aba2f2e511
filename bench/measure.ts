import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Subject {
  readonly name: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export interface Measured {
  readonly name: string
  /** Median wall time of whole processes. */
  readonly ms: number
  /** Largest resident set of a process. */
  readonly peakMiB: number
}

/**
 * Runs each command as a whole process, in turns so that a noisy machine is noisy for all of them, after one round that
 * does not count. Memory is taken in a round of its own: asking for it costs a little.
 */
export function measure(subjects: readonly Subject[], rounds: number): Measured[] {
  const times = subjects.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    subjects.forEach((subject, i) => {
      const start = performance.now()
      runOnce(subject)
      if (round >= 0) times[i]?.push(performance.now() - start)
    })
  }
  return subjects.map((subject, i) => ({ name: subject.name, ms: median(times[i] ?? []), peakMiB: peak(subject) }))
}

function runOnce({ name, args, env: own }: Subject, env: NodeJS.ProcessEnv = {}): void {
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...own, ...env },
    stdio: 'pipe',
  })
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
}

function peak(subject: Subject): number {
  const directory = mkdtempSync(join(tmpdir(), 'al-bench-'))
  const file = join(directory, 'peak')
  try {
    const preload = new URL('./report-peak.mjs', import.meta.url).href
    runOnce({ ...subject, args: ['--import', preload, ...subject.args] }, { AL_BENCH_PEAK: file })
    return Number(readFileSync(file, 'utf8')) / 1024
  } finally {
    rmSync(directory, { recursive: true })
  }
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
