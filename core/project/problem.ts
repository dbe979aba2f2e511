/** One thing wrong with a project: where it stands, and what to change. */
export interface Problem {
  /** Relative to the project, with `/`. */
  readonly file: string
  /** Dotted key, e.g. `webhooks[1].source`; absent when no key is at fault. */
  readonly key?: string
  /** 1-based; absent when the place cannot be told for certain. */
  readonly line?: number
  /** Lower case, no final full stop. Never contains a value that could be a secret. */
  readonly message: string
}

export interface Location {
  readonly file: string
  readonly line?: number
}

export type KeyPath = readonly (string | number)[]

/** `['webhooks', 1, 'source']` → `webhooks[1].source`; parts that are no bare TOML keys are quoted. */
export function formatKey(path: KeyPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += (text === '' ? '' : '.') + (/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part))
  }
  return text
}

/** A problem on one line: `agents/dev/agent-config.toml:3 schedule: minute 61 is outside 0–59`. */
export function formatProblem({ file, line, key, message }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`
  return key === undefined ? `${place}: ${message}` : `${place} ${key}: ${message}`
}

/** By file, then line, then key, so that the order never depends on how a project was read. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem) => problem.line ?? Number.MAX_SAFE_INTEGER
  return [...problems].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      rank(a) - rank(b) ||
      compare(a.key ?? '', b.key ?? '') ||
      compare(a.message, b.message),
  )
}

/** By code unit: the order of the machine's language must not show in any output. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
