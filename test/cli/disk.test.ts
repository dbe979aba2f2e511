import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { diskFailure } from '../../cli/unwritable.ts'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

const main = resolve(import.meta.dirname, '../../cli/main.ts')
const good = { 'config.toml': modelToml, 'agents/a/agent-config.toml': agentToml, 'agents/a/ACTIONS.md': '# A\n' }

/** `al` as a shell runs it: `$al` in the script. */
function sh(script: string, { cwd, env }: { cwd: string; env?: Readonly<Record<string, string>> }) {
  const al = `'${process.execPath}' '${main}'`
  const home = tempDirectory()
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script.replaceAll('$al', al)], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, AL_CREDENTIALS_HOME: join(home, 'c'), ...env },
  })
  return { code: status, stdout, stderr }
}

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** Every write into a file fails from now on, as on a full disk. */
const nothingFits = 'trap "" XFSZ; ulimit -f 0; '

describe('a disk that takes nothing', () => {
  test.skipIf(!existsSync('/dev/full'))('is told of in words, whoever meets it', () => {
    expect(diskFailure(thrown(() => writeFileSync('/dev/full', 'x')))?.message).toContain('the disk is full')
    const database = new DatabaseSync(':memory:')
    database.exec('PRAGMA max_page_count = 1')
    const full = thrown(() => database.exec('CREATE TABLE one (id)'))
    expect(diskFailure(full)?.message).toBe('cannot write the state in .al of the project: the disk is full')
    expect(diskFailure(thrown(() => database.exec('SELECT nonsense')))).toBeUndefined()
  })

  test('leaves no half of an agent, an environment, a project or a credential behind', () => {
    const cwd = tempProject(good)
    const commands = ['agent new x --template empty --yes', 'env init staging', 'new other --yes --no-credential']
    for (const command of commands) {
      const { code, stderr } = sh(`${nothingFits} $al ${command}`, { cwd })
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: cannot write .*larger than this process may/)])
    }
    expect(readdirSync(cwd).sort()).toEqual(['agents', 'config.toml', 'environments', 'other'])
    expect(readdirSync(join(cwd, 'agents'))).toEqual(['a'])
    expect([readdirSync(join(cwd, 'environments')), readdirSync(join(cwd, 'other'))]).toEqual([[], []])
    const store = tempDirectory()
    const env = { AL_CREDENTIALS_HOME: store }
    const add = `${nothingFits} echo ghp_0123456789 | $al creds add github_token --from-stdin --any-look`
    const { code, stderr } = sh(add, { cwd, env })
    expect([code, stderr]).toEqual([4, expect.stringContaining('AL_CREDENTIALS_HOME names another place for it')])
    expect(readdirSync(join(store, 'github_token/default'))).toEqual([])
  })
})

describe('standard output', () => {
  test.skipIf(!existsSync('/dev/full'))('that takes nothing is told of once, without a stack', () => {
    const { code, stderr } = sh('$al creds ls --json > /dev/full', { cwd: tempProject(good) })
    expect([code, stderr]).toEqual([1, 'error: cannot write to standard output: the disk is full\n'])
  })
})

test.each(['', 'here'])('a home that is no absolute path (%j) puts nothing into the directory this is', (home) => {
  const cwd = tempProject(good)
  const { code, stdout } = sh('$al creds ls', { cwd, env: { HOME: home, AL_CREDENTIALS_HOME: '' } })
  expect([code, stdout]).toEqual([0, expect.not.stringContaining(`in ${join(home, '.action-llama')}`)])
})
