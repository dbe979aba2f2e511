import { globSync } from 'node:fs'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { mostCalls } from '../../core/calls/calls.ts'
import { compileProject } from '../../core/compile.ts'
import { credentialTypes } from '../../core/credentials/types.ts'
import { commandNames } from '../../core/image/commands.ts'
import { longestKey } from '../../core/locks/locks.ts'
import { projectInMemory } from '../../core/project/testing/project-in-memory.ts'
import { systemPrompt, userPrompt } from '../../core/prompt/prompt.ts'
import { largestPayload } from '../../core/scheduler/payload.ts'
import type { Trigger } from '../../core/scheduler/run.ts'
import { toContext } from '../../core/webhooks/context.ts'
import { mostRefusals } from '../../docker/agent/session/unrecoverable.ts'
import { exits } from '../../docker/commands/exit-codes.ts'
import { defaults } from '../../scripts/docs/defaults.ts'
import { blocksOf, codeOf, root, textOf } from './markdown.ts'
import { commandsOf } from './shell-lines.ts'

const pages = globSync('agent-docs/**/*.md', { cwd: root }).sort()
const everything = pages.map((page) => textOf(page)).join('\n')
const guide = textOf('agent-docs/AGENTS.md')

test('the agent that the guide writes compiles, without a warning', () => {
  const files = blocksOf('agent-docs/AGENTS.md').flatMap(({ text }) => {
    const [, path] = /^# (\S+\/\S+|config\.toml)\n/.exec(text) ?? []
    return path === undefined ? [] : [[path, text] as const]
  })
  expect(files.map(([path]) => path)).toEqual([
    'agents/triage/agent-config.toml',
    'config.toml',
    'agents/triage/ACTIONS.md',
  ])
  for (const provider of ['ecs', 'cloud-run', 'local'] as const) {
    const compiled = compileProject(projectInMemory(Object.fromEntries(files)), { provider })
    expect(compiled.ok ? compiled.plan.warnings : compiled.problems).toEqual([])
  }
})

test('the blocks it names are those that a run is told, and no others', () => {
  const config = {
    params: {},
    limits: { maxTurns: 3 },
    secrets: [
      { id: 'x', type: 'github_token', instance: 'default', field: 'token', optional: false, why: 'listed' },
    ] as const,
  }
  const occasions: readonly { readonly trigger: Trigger; readonly input?: unknown }[] = [
    { trigger: { kind: 'tick', minute: 0 } as unknown as Trigger },
    { trigger: { kind: 'manual' } as Trigger, input: {} },
    { trigger: { kind: 'webhook' } as unknown as Trigger, input: {} },
    { trigger: { kind: 'call', caller: 'x' } as unknown as Trigger, input: {} },
  ]
  const told = occasions.map((occasion) => userPrompt({ agent: 'a', rerun: 0, config, ...occasion } as never, 60))
  const prompts = [...told, systemPrompt({ name: 'a', instructions: '' })].join('\n')
  const tags = new Set([...prompts.matchAll(/^<\/?([a-z-]+)>/gm)].map(([, tag]) => tag))
  const named = new Set([...everything.matchAll(/`<([a-z-]+)>`/g)].map(([, tag]) => tag))
  expect([...named].sort()).toEqual([...tags].sort())
})

test('the fields it names are all that an event can have', () => {
  const text = 'x'
  const context = toContext(
    {
      ...{ source: text, event: text, action: text, repo: text, title: text, body: text, url: 'https://x.test' },
      ...{ number: 1, author: text, assignee: text, labels: [text], branch: text, conclusion: text, comment: text },
      ...{ sender: text, timestamp: '2026-01-01T00:00:00Z' },
    },
    new Date(0),
  )
  const [, block = ''] = /generated: webhook-fields -->([\s\S]*?)<!-- end/.exec(guide) ?? []
  const fields = [...block.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field)
  expect(fields).toEqual(Object.keys(context))
})

test('the commands it types are those of a run, or of everybody', () => {
  const words = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => commandsOf(text).map(([word = '']) => word)),
  )
  const ours = [...words, ...codeOf(everything)].filter((word) => /^(?:al-|r?un?lock|rlock)/.test(word))
  expect(ours.length).toBeGreaterThan(10)
  expect(ours.map((word) => word.split(' ')[0]).filter((word) => !commandNames.includes(word as never))).toEqual([])
})

test('every type of credential, variable and file it names in code is one that there is', () => {
  const variables = Object.values(credentialTypes).flatMap(({ fields }) => Object.values(fields).flat())
  const known = new Set<string>([...variables, 'GATEWAY_URL', 'NAME'])
  const named = [...everything.matchAll(/\$\{?([A-Z][A-Z0-9_]{3,})/g)].map(([, name = '']) => name)
  expect(named.filter((name) => !known.has(name))).toEqual([])
  // Other words with underscores are events, actions and values of keys.
  const others = ['pull_request', 'event_alert', 'pi_auth']
  const types = codeOf(everything).filter((code) => /^[a-z]+_[a-z_]+$/.test(code) && !others.includes(code))
  expect(types.filter((type) => !Object.hasOwn(credentialTypes, type))).toEqual([])
})

test('the numbers it gives are those of the code', () => {
  const { project } = defaults()
  expect(largestPayload).toBe(256 * 1024)
  const skill = (name: string) => textOf(`agent-docs/skills/${name}.md`)
  expect(skill('calls')).toContain(`- ${mostCalls} calls in one run`)
  expect(skill('calls')).toContain(`(${project.maxCallDepth} unless the project says otherwise)`)
  expect(skill('signals')).toContain(`(${project.maxReruns} unless the project says otherwise)`)
  expect(skill('resource-locks')).toContain(`up to ${longestKey} bytes`)
  expect(skill('resource-locks')).toContain(`expires ${project.gateway.lockTimeout / 60} minutes`)
  expect(skill('credentials')).toContain('After three refusals')
  expect(mostRefusals).toBe(3)
  expect(Object.values(exits)).toEqual([...Array(13).keys()])
})

test('what it says of a run on its own schedule is valid TOML', () => {
  const block = blocksOf('agent-docs/AGENTS.md').find(({ text }) => text.startsWith('[[preflight]]'))
  expect(parse(block?.text ?? '')).toHaveProperty('preflight')
})
