import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { googleProject, openSite, type Site } from './site.ts'

let site: Site
const project = googleProject('bare')
/** A shell without Pulumi. */
const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.stop())

test.each([['deploy', '--yes'], ['diff'], ['destroy', '--yes']])(
  'without the Pulumi CLI, %s says in one line how to get it, and asks Google nothing',
  async (...command) => {
    const { code, stderr } = await site.al([...command, '-p', project], { env })
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('warning'))
    expect(lines).toEqual([expect.stringMatching(/the Pulumi CLI, which is not installed: npm install -g pulumi/)])
    expect(code).toBe(1)
    expect(site.google.calls).toEqual([])
  },
  60_000,
)
