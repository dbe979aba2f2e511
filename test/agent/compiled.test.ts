import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type InstalledAgent, installAgent } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

/** What Node says of the modules of a start that has nothing to run. */
function modulesOfAStart(environment: NodeJS.ProcessEnv = {}): readonly string[] {
  const work = mkdtempSync(join(tmpdir(), 'al-compiled-'))
  const env = { PATH: process.env.PATH, NODE_DEBUG_NATIVE: 'COMPILE_CACHE', AL_WORK_DIR: work, ...environment }
  const { stdout, stderr } = spawnSync(process.execPath, [join(agent.app, 'entry.mjs')], { env, encoding: 'utf8' })
  rmSync(work, { recursive: true })
  expect(stdout).toContain('nothing to run')
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => /chunks\/.*was (accepted|rejected|not initialized)/.test(line))
}

test('what the build of an image has compiled is taken by every later start, and is not needed', async () => {
  await promisify(execFile)(process.execPath, [join(agent.app, 'entry.mjs'), 'compile'])
  const modules = modulesOfAStart()
  expect(modules.length).toBeGreaterThan(5)
  expect(modules.filter((line) => !line.includes('was accepted'))).toEqual([])
  expect(modulesOfAStart({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual([])
})
