import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { planSchema } from '../../core/plan/schema.ts'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { al, tempDirectory, tempProject } from '../support/temp-project.ts'

const root = resolve(import.meta.dirname, '../..')
const main = join(root, 'cli/main.ts')
const colour = '\u001b['
const good = {
  'config.toml': modelToml,
  'agents/a/agent-config.toml': agentToml,
  'agents/a/ACTIONS.md': '# Dev\n',
}
let project = ''
/** What is quickest to synthesize. */
let planned: readonly string[] = []
beforeEach(() => {
  project = tempProject(good)
  planned = ['synth', '-p', project, '--provider', 'cloud-run']
})

describe('what can be typed', () => {
  test('help lists the commands and the exit codes, on standard output', () => {
    const { code, stdout, stderr } = al(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Usage: al [options] [command]')
    expect(stdout).toContain('synth [options]')
    expect(stdout).toContain('Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 credentials, 5 cloud.')
  })

  test('help of a command describes each of its options', () => {
    const { code, stdout } = al(['synth', '--help'])
    expect(code).toBe(0)
    for (const option of ['--project', '--env', '--out', '--provider', '--json']) expect(stdout).toContain(option)
  })

  test('the version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(al(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test.each([
    [['sinth'], "unknown command 'sinth'"],
    [['synth', '--nope'], "unknown option '--nope'"],
    [['synth', '--provider', 'azure'], 'Allowed choices are ecs, cloud-run'],
    [['synth', '-p'], 'argument missing'],
    [['synth', 'extra'], 'too many arguments'],
    [[], 'Usage: al'],
  ])('%j ends in 2 and says what is wrong on standard error', (args, message) => {
    const { code, stdout, stderr } = al(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})

describe('al synth', () => {
  test('writes cdk.out into the project and prints agents, endpoints and cost', () => {
    const { code, stdout, stderr } = al(['synth'], { cwd: project })
    expect(code).toBe(0)
    expect(existsSync(join(project, 'cdk.out/manifest.json'))).toBe(true)
    expect(stderr.trim()).toBe('wrote cdk.out')
    expect(stdout).toMatch(/^AGENT {2,}COMPUTE {2,}WHY/m)
    expect(stdout).toMatch(
      /^a {2,}lambda {2,}timeout 900 s ≤ 900 s.* {2,}cron 0 5 \* \* \* {2,}\d{4}-\d\d-\d\d 05:00 UTC/m,
    )
    for (const text of ['POST', 'Endpoints', 'Cost at rest: $', 'Cost of 1,000 runs', 'assumed']) {
      if (text !== 'POST') expect(stdout).toContain(text)
    }
  })

  test('with --json prints the plan and nothing else on standard output', () => {
    const { code, stdout } = al(['synth', '--json', '-p', project])
    expect(code).toBe(0)
    expect(planSchema.parse(JSON.parse(stdout)).agents[0]?.name).toBe('a')
  })

  test('with --json a project with mistakes prints nothing there', () => {
    writeFileSync(join(project, 'config.toml'), 'x')
    const { code, stdout, stderr } = al(['synth', '--json', '-p', project])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain('config.toml:1: not valid TOML')
  })

  test('goes by the cloud of the project; --provider takes the other one for a look', () => {
    const fixture = join(root, 'test/fixtures/cloud-run')
    const out = join(tempDirectory(), 'out')
    const { code, stdout } = al(['synth', '-p', fixture, '-o', out])
    expect(code).toBe(0)
    expect(stdout).toContain('cloud-run-job')
    expect(stdout).toContain('Cost at rest')
    expect(existsSync(join(out, 'resources.json'))).toBe(true)
    const other = al(['synth', '-p', fixture, '-o', out, '--provider', 'ecs'])
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('"resources.json", which is no part of a cloud assembly')
    expect(al(['synth', '-p', fixture, '-o', `${out}2`, '--provider', 'ecs']).code).toBe(0)
    expect(existsSync(join(`${out}2`, 'manifest.json'))).toBe(true)
  })

  test('takes the environment from -E, else from AL_ENV', () => {
    const envOf = (args: string[], env = {}) => {
      const { code, stdout } = al([...planned, '--json', ...args], { env })
      return code === 0 ? (JSON.parse(stdout) as { environment: string }).environment : code
    }
    mkdirSync(join(project, 'environments'))
    for (const name of ['x', 'y']) writeFileSync(join(project, `environments/${name}.toml`), '')
    expect(envOf([])).toBe('default')
    expect(envOf([], { AL_ENV: '' })).toBe('default')
    expect(envOf([], { AL_ENV: 'x' })).toBe('x')
    expect(envOf(['-E', 'y'], { AL_ENV: 'x' })).toBe('y')
    expect(envOf(['-E', 'z'])).toBe(3)
  })
})

describe('the output directory', () => {
  test('is replaced when it holds a cloud assembly, and made when it is not there', () => {
    const out = join(project, 'deep/er/out')
    expect(al(['synth', '-p', project, '-o', out]).code).toBe(0)
    // Of an older plan.
    mkdirSync(join(out, `asset.${'0'.repeat(64)}`))
    expect(al(['synth', '-p', project, '-o', out]).code).toBe(0)
    expect(existsSync(join(out, `asset.${'0'.repeat(64)}`))).toBe(false)
  })

  test('is left alone when it holds something else, or is a file', () => {
    const out = tempProject({ 'thesis.txt': 'years of work' })
    for (const path of [out, join(out, 'thesis.txt')]) {
      const { code, stderr } = al(['synth', '-p', project, '-o', path])
      expect(code).toBe(1)
      expect(stderr).toContain(`error: ${path}`)
      expect(stderr).not.toContain('should not happen')
    }
    expect(readdirSync(out)).toEqual(['thesis.txt'])
  })

  test('that cannot be written is named, with the reason and what to do', () => {
    const { code, stderr } = al(['synth', '-p', project, '-o', '/dev/null/out'])
    expect(code).toBe(1)
    expect(stderr).toContain(
      'error: cannot write /dev/null/out: a part of the path is no directory; name another directory with -o',
    )
  })

  test('is never the project or what holds it, also when that has been synthesized before', () => {
    expect(al(['synth'], { cwd: project }).code).toBe(0)
    for (const out of ['.', '..']) {
      const { code, stderr } = al(['synth', '-o', out], { cwd: project })
      expect(code).toBe(1)
      expect(stderr).toContain('no part of a cloud assembly')
    }
    expect(existsSync(join(project, 'config.toml'))).toBe(true)
  })
})

describe('colours', () => {
  test('are for terminals: none in pipes, none with NO_COLOR', () => {
    const plain = al(planned)
    expect(plain.stdout + plain.stderr).not.toContain(colour)
    const forced = al(planned, { env: { FORCE_COLOR: '1' } })
    expect(forced.stdout).toContain(`${colour}1m`)
  })

  test.runIf(existsSync('/usr/bin/script'))('are shown in a terminal, unless NO_COLOR is set', () => {
    const inTerminal = (env: Record<string, string>) => {
      const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...rest } = process.env
      const command = `'${process.execPath}' '${main}' ${planned.join(' ')}`
      return spawnSync('script', ['-qec', command, '/dev/null'], {
        encoding: 'utf8',
        input: '',
        env: { ...rest, TERM: 'xterm', ...env },
      }).stdout
    }
    expect(inTerminal({})).toContain(colour)
    expect(inTerminal({ NO_COLOR: '1' })).not.toContain(colour)
  })
})

describe('errors', () => {
  test('say what is wrong without a stack, which DEBUG adds', () => {
    writeFileSync(join(project, 'config.toml'), '')
    const quiet = al(['synth', '-p', project])
    expect(quiet.code).toBe(3)
    expect(quiet.stderr.split('\n')[0]).toBe(`error: a problem in ${project}`)
    expect(quiet.stderr).not.toMatch(/^\s+at /m)
    expect(al(['synth', '-p', project], { env: { DEBUG: '1' } }).stderr).toMatch(/^\s+at /m)
  })

  test.each(['nowhere', 'config.toml'])('%s is no project', (path) => {
    const { code, stderr } = al(['synth', '-p', join(project, path)])
    expect(code).toBe(3)
    expect(stderr).toContain('there is no such directory; name one with -p')
  })
})

describe('a reader that stops early', () => {
  const shell = (line: string) => spawnSync('bash', ['-c', line], { encoding: 'utf8' })
  const command = (args: string) => `'${process.execPath}' '${main}' synth ${args}`

  test('does not make it fail, and does not keep it from writing', () => {
    const out = join(project, 'out')
    const { stdout, stderr } = shell(`${command(`-p '${project}' -o '${out}'`)} | head -1; echo "\${PIPESTATUS[0]}"`)
    expect(stdout.trim().split('\n').at(-1)).toBe('0')
    expect(stderr).not.toContain('EPIPE')
    expect(existsSync(join(out, 'manifest.json'))).toBe(true)
  })

  test('does not change how mistakes end', () => {
    const broken = join(project, 'broken')
    cpSync(join(root, 'test/fixtures/broken-values'), broken, { recursive: true })
    const { stdout } = shell(`${command(`-p '${broken}'`)} 2>&1 | true; echo "\${PIPESTATUS[0]}"`)
    expect(stdout).toBe('3\n')
  })
})
