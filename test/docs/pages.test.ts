import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { describe as describeProgram } from '../../cli/program.ts'
import { agentSchema } from '../../core/project/schema/agent.ts'
import { type CloudProvider, clouds } from '../../core/project/schema/cloud.ts'
import { environmentSchema } from '../../core/project/schema/config.ts'
import { generatedTexts } from '../../scripts/docs.ts'
import { anchorsOf, blocksOf, codeOf, pages, proseOf, root, textOf } from './markdown.ts'
import { alArguments, commandsOf } from './shell-lines.ts'

test('the reference pages and the tables for models are what the code says: `npm run docs` makes them', () => {
  for (const [file, text] of generatedTexts()) expect(readFileSync(join(root, file), 'utf8'), file).toBe(text)
})

test('every page of docs/ is in its index', () => {
  const index = textOf('docs/README.md')
  const missing = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
  expect(missing.filter((page) => !index.includes(`(${page.slice('docs/'.length)})`))).toEqual([])
})

describe.each(pages)('%s', (page) => {
  const text = textOf(page)

  test('its links lead to files and headings that are there', () => {
    const broken = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return []
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(join(root, target))) return [`${link}: no such file`]
      if (anchor === undefined) return []
      const isPage = statSync(join(root, target)).isFile() && anchorsOf(textOf(target)).has(anchor)
      return isPage ? [] : [`${link}: no such heading`]
    })
    expect(broken).toEqual([])
  })

  test('its commands of al can be typed', async () => {
    const refused: string[] = []
    for (const block of blocksOf(page, text)) {
      if (!['sh', 'console', 'bash'].includes(block.language)) continue
      for (const words of commandsOf(block.text)) {
        const args = alArguments(words)
        if (args === undefined) continue
        const why = await refusal(args)
        if (why !== undefined) refused.push(`${page}:${block.line} al ${args.join(' ')}: ${why}`)
      }
    }
    expect(refused).toEqual([])
  })

  test('its prose names commands and options of al that there are', () => {
    const unknown = codeOf(text).flatMap((code) => (code.startsWith('al ') ? unknownIn(code) : []))
    expect(unknown).toEqual([])
  })

  test('its blocks of TOML fit the schemas, and those of JSON are JSON', () => {
    const wrong = blocksOf(page, text).flatMap(({ line, language, text: block }) => {
      if (language !== 'toml' && language !== 'json') return []
      const why = language === 'json' ? notJson(block) : misfit(block)
      return why === undefined ? [] : [`${page}:${line} ${why}`]
    })
    expect(wrong).toEqual([])
  })
})

/** The program, with commands that do nothing. */
function harmless(): Command {
  const program = describeProgram(() => {})
  const visit = (command: Command) => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
    if (command.commands.length === 0) command.action(() => {})
    command.commands.forEach(visit)
  }
  visit(program)
  return program
}

async function refusal(args: readonly string[]): Promise<string | undefined> {
  try {
    await harmless().parseAsync([...args], { from: 'user' })
    return undefined
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string }
    return exitCode === 0 ? undefined : message
  }
}

/** In prose, brackets say what may be left out, and a command may stand without its arguments. */
function unknownIn(code: string): string[] {
  const words = code
    .replaceAll(/[[\],;…]/g, ' ')
    .trim()
    .split(/\s+/)
    .slice(1)
  let command: Command = harmless()
  for (const word of words) {
    if (word.startsWith('-') || command.commands.length === 0) continue
    const found = command.commands.find((one) => one.name() === word)
    if (found === undefined)
      return /^[\w-]+$/.test(word) && !word.startsWith('<') ? [`${code}: no command ${word}`] : []
    command = found
  }
  const known = [...command.options, ...harmless().options].flatMap(({ short, long }) => [short, long])
  const options = words.filter((word) => /^-{1,2}\w/.test(word)).map((word) => word.split('=')[0] ?? '')
  return options.filter((one) => !known.includes(one) && one !== '--help').map((one) => `${code}: no option ${one}`)
}

function notJson(block: string): string | undefined {
  try {
    JSON.parse(block)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** A piece of config.toml or of an environment, or of agent-config.toml. */
function misfit(block: string): string | undefined {
  const data = parse(block)
  const layer = environmentSchema.safeParse(data)
  const agent = agentSchema.safeParse(data)
  if (!layer.success && !agent.success) return `${layer.error.message} ${agent.error.message}`
  const { cloud } = data as { readonly cloud?: { readonly provider?: CloudProvider } }
  if (!layer.success || cloud === undefined) return undefined
  const found = cloud.provider === undefined ? undefined : clouds[cloud.provider].safeParse(cloud)
  return found?.success === true ? undefined : `[cloud]: ${found?.error.message ?? 'no provider'}`
}
