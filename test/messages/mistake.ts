import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startAl } from '../cli-client/scripted-host.ts'
import type { Files } from '../support/synth-project.ts'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

/** What somebody typed, and what they have to be told: the wrong thing, and what to do about it. */
export interface Mistake {
  readonly title: string
  readonly files?: Files
  /** Path in the store of credentials → value. */
  readonly credentials?: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  /** Each is a part of what is printed, on whichever stream. */
  readonly says: readonly string[]
  readonly never?: readonly string[]
}

export const anthropicModel = '[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-5"\n'
export const anthropicKey = { 'anthropic_key/default/token': 'sk-ant-1' }
export const processRuntime = '[local]\nruntime = "process"\n'
export const hourly = 'schedule = "0 * * * *"\n'
export const check = ['doctor', '--check']

/** A test of the real CLI for each mistake, with a project and a store of credentials of its own. */
export function saidOf(subject: string, mistakes: readonly Mistake[]): void {
  describe(subject, () => {
    test.each(mistakes.map((one) => [one.title, one] as const))('%s', async (_title, mistake) => {
      const { files = {}, credentials: stored = {}, command, stdin, code, says, never = [] } = mistake
      const cwd = tempProject(files)
      const home = tempDirectory()
      for (const [path, value] of Object.entries(stored)) {
        mkdirSync(dirname(join(home, path)), { recursive: true })
        writeFileSync(join(home, path), value, { mode: 0o600 })
      }
      const env = { ...mistake.env, AL_CREDENTIALS_HOME: home, HOME: home }
      const {
        code: ended,
        stdout,
        stderr,
      } = await startAl(command, { cwd, env, ...(stdin !== undefined && { stdin }) }).ended
      const printed = stdout + stderr
      for (const text of says) expect(printed).toContain(text)
      for (const text of never) expect(printed).not.toContain(text)
      expect(ended, printed).toBe(code)
      expect(printed).not.toContain('this should not happen')
      // An error has no full stop at its end; a lone one is the directory. What can be typed, commander says in its own way.
      const own = stderr.split('\n').filter((line) => line.startsWith('error: ') && !line.includes('Expected'))
      for (const line of own) expect(line).not.toMatch(/\S\.$/)
    })
  })
}
