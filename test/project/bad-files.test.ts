import { mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { problemsIn, problemsOf, tempDirectory, tempProject } from '../support/temp-project.ts'

const own = 'agents/a/agent-config.toml'
const good = { 'config.toml': modelToml, [own]: agentToml }

describe('what is named as the project', () => {
  test('the directory of an agent is none', () => {
    const project = tempProject(good)
    expect(problemsIn(join(project, 'agents/a'))).toEqual([
      `agent-config.toml: this is the directory of an agent; name its project with -p ${relative('.', project)}`,
    ])
    expect(problemsOf({ 'ACTIONS.md': '', 'config.toml': '' })).toEqual([
      expect.stringContaining('ACTIONS.md: this is the directory of an agent'),
    ])
  })

  test('a directory inside of a project is none, and the project is named', () => {
    const project = tempProject({ ...good, "it's mine/notes.txt": '' })
    expect(problemsIn(join(project, "it's mine"), { environment: 'nope' })).toEqual([
      `config.toml: no project here: the one around it is -p ${relative('.', project)}, or make one with \`al new <name>\``,
    ])
  })

  test('a path that does not exist, and a file, are none', () => {
    const project = tempProject(good)
    for (const path of ['nowhere', 'config.toml', 'config.toml/x']) {
      expect(problemsIn(join(project, path))).toEqual(['.: there is no such directory; name one with -p'])
    }
  })
})

describe('links', () => {
  const withLink = (target: string, path: string) => {
    const project = tempProject(good)
    mkdirSync(join(project, path, '..'), { recursive: true })
    symlinkSync(target, join(project, path))
    return project
  }
  const nowhere = 'is a link that leads nowhere'

  test('an agent that is a link to itself, or to nothing, is named', () => {
    for (const target of ['x', 'nothing']) {
      expect(problemsIn(withLink(target, 'agents/x'))).toEqual([`agents/x: ${nowhere} (to nothing, or to itself)`])
    }
  })

  test('links around in a circle are followed once', () => {
    expect(problemsIn(withLink('.', 'agents/y'))).toEqual([])
    expect(problemsIn(withLink('..', 'agents/y'))).toEqual([])
    expect(problemsIn(withLink('.', 'again'))).toEqual([])
  })

  test('agents/ itself may be a link, but not to nothing', () => {
    const elsewhere = tempProject(good)
    const project = tempProject({ 'config.toml': modelToml })
    symlinkSync(join(elsewhere, 'agents'), join(project, 'agents'))
    expect(problemsIn(project)).toEqual([])
    const looped = tempProject({ 'config.toml': modelToml })
    symlinkSync('agents', join(looped, 'agents'))
    expect(problemsIn(looped)).toEqual([`agents: ${nowhere} (to nothing, or to itself)`])
  })

  test('an agent may be a link to a directory elsewhere', () => {
    const elsewhere = tempProject(good)
    const project = withLink(join(elsewhere, 'agents/a'), 'agents/b')
    const compiled = compileProject(projectFiles(project, '/nonexistent'))
    expect(compiled.ok && compiled.plan.agents.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('an agent whose configuration is a link to nothing is not passed over', () => {
    expect(problemsIn(withLink('nothing', 'agents/x/agent-config.toml'))).toEqual([
      `agents/x/agent-config.toml: ${nowhere}`,
    ])
  })

  test.each(['.env.toml', 'agents/a/ACTIONS.md', 'agents/x/agent-config.toml', 'Dockerfile'])(
    '%s as a link to itself is named',
    (path) => {
      const name = path.split('/').at(-1) ?? ''
      expect(problemsIn(withLink(name, path))).toEqual([`${path}: cannot be read: its links lead in a circle`])
    },
  )
})

describe('text', () => {
  const files = ['config.toml', '.env.toml', own, 'agents/a/ACTIONS.md', 'Dockerfile', 'agents/a/test-script.sh']

  test.each(files)('%s may have 1 MiB and not a byte more', (file) => {
    const mebibyte = 1024 * 1024
    const begin = (good as Record<string, string>)[file] ?? '#'
    // Comments in every language of these files.
    const text = (length: number) => `${begin}\n#${'x'.repeat(length - begin.length - 2)}`
    expect(problemsOf({ ...good, [file]: text(mebibyte) })).toEqual([])
    const problems = problemsOf({ ...good, [file]: text(mebibyte + 1) })
    expect(problems).toEqual([`${file}: is 1048577 bytes; the limit is 1048576 (1 MiB)`])
  })

  test.each(files)('%s is UTF-8, or named', (file) => {
    const latin = Buffer.from('# caf\xe9\n', 'latin1')
    expect(problemsOf({ ...good, [file]: latin })).toEqual([`${file}: cannot be read: is not UTF-8 text`])
  })

  test('a byte order mark and Windows line ends change nothing', () => {
    const windows = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`
    expect(problemsOf({ 'config.toml': windows(modelToml), [own]: windows(agentToml) })).toEqual([])
  })

  test.each(files)('%s as a directory is named', (file) => {
    const { [file]: _, ...others } = good as Record<string, string>
    const project = tempProject(others)
    mkdirSync(join(project, file), { recursive: true })
    expect(problemsIn(project)).toEqual([`${file}: cannot be read: is a directory`])
  })

  test('an empty directory is no project', () => {
    expect(problemsIn(tempDirectory())).toEqual([expect.stringContaining('no project here: name one with -p')])
  })
})
