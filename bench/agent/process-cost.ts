import { readdirSync, readFileSync } from 'node:fs'

/** What a process has cost until now. */
export interface ProcessCost {
  /** Milliseconds of all its threads. */
  readonly cpuMs: number
  /** Largest resident set. */
  readonly peakMiB: number
}

export const unknownCost: ProcessCost = { cpuMs: Number.NaN, peakMiB: Number.NaN }

/** Read from outside, so that asking costs the process nothing. Unknown where there is no `/proc`. */
export function processCost(pid: number): ProcessCost {
  if (process.platform !== 'linux') return unknownCost
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]))
  const [, kiB] = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`)) ?? []
  return { cpuMs: nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6, peakMiB: Number(kiB) / 1024 }
}

const read = (path: string): string => readFileSync(path, 'utf8')
