import { formatRef, parseRef } from '../../core/credentials/reference.ts'
import { nearest } from '../../core/project/nearest.ts'
import { quote } from '../../core/project/quote.ts'
import { exitCodes, UserError } from '../errors.ts'
import { type Edit, valueAt } from '../toml/edit-data.ts'
import { type TomlTable, type TomlValue, typedValue } from '../toml/toml-value.ts'
import type { ModelFlags } from './choose-model.ts'
import { type TriggerFlags, triggerEdits } from './trigger-edits.ts'

/** What is to be changed of an agent, as it is typed. */
export interface ConfigFlags extends TriggerFlags, ModelFlags {
  readonly addCredential?: readonly string[]
  readonly removeCredential?: readonly string[]
  /** Drops the agent's own [model]. */
  readonly inheritModel?: boolean
  readonly timeout?: number
  readonly scale?: number
  /** Numbers as `al agent config` shows them, from 1. */
  readonly removeWebhook?: readonly number[]
  readonly setParam?: readonly string[]
  readonly removeParam?: readonly string[]
}

const usage = (message: string) => new UserError(message, exitCodes.usage)

/**
 * The changes that flags ask for, of an agent's configuration as it is. Throws a `UserError` (usage) for what cannot be meant;
 * whether the result is right is for the project's own check.
 */
export function configEdits(data: TomlTable, flags: ConfigFlags): { readonly agent: Edit[]; readonly config: Edit[] } {
  const { agent: triggers, config } = triggerEdits(flags)
  const numbers = (['timeout', 'scale'] as const).flatMap((key): Edit[] =>
    flags[key] === undefined ? [] : [{ do: 'set', path: [key], value: BigInt(flags[key]) }],
  )
  return {
    agent: [
      ...credentialEdits(data, flags),
      ...modelEdits(flags),
      ...removedWebhooks(data, flags.removeWebhook ?? []),
      ...triggers,
      ...numbers,
      ...paramEdits(data, flags),
    ],
    config,
  }
}

function credentialEdits(data: TomlTable, { addCredential = [], removeCredential = [] }: ConfigFlags): Edit[] {
  if (addCredential.length + removeCredential.length === 0) return []
  const listed = valueAt(data, ['credentials'])
  let refs: readonly TomlValue[] = Array.isArray(listed) ? (listed as readonly TomlValue[]) : []
  for (const text of removeCredential) {
    // As it is written there, or as it is meant: `github_token` is `github_token:default`.
    const wanted = meant(text)
    const rest = refs.filter((one) => one !== text && (typeof one !== 'string' || meant(one) !== wanted))
    if (rest.length === refs.length) {
      const names = refs.filter((one) => typeof one === 'string')
      throw usage(
        `--remove-credential ${quote(text)}: it is not listed${nearest(text, names)}; listed: ${names.join(', ') || 'none'}`,
      )
    }
    refs = rest
  }
  for (const text of addCredential) {
    const parsed = parseRef(text)
    if (!parsed.ok) throw usage(`--add-credential: ${parsed.reason}`)
    if (!refs.some((one) => typeof one === 'string' && meant(one) === meant(text))) refs = [...refs, text]
  }
  return [{ do: 'set', path: ['credentials'], value: refs }]
}

function meant(text: string): string {
  const parsed = parseRef(text)
  return parsed.ok ? formatRef(parsed.ref) : text
}

function modelEdits({ provider, model, baseUrl, api, inheritModel }: ConfigFlags): Edit[] {
  const given = Object.entries({ provider, model, baseUrl, api }).filter(([, value]) => value !== undefined)
  if (inheritModel === true) {
    if (given.length > 0) throw usage('--inherit-model drops the model of the agent: leave the others out')
    return [{ do: 'remove', path: ['model'] }]
  }
  return given.map(([key, value]) => ({ do: 'set', path: ['model', key], value: value as string }))
}

/** From the last to the first, so that the others keep their numbers. */
function removedWebhooks(data: TomlTable, numbers: readonly number[]): Edit[] {
  const list = valueAt(data, ['webhooks'])
  const count = Array.isArray(list) ? list.length : 0
  return [...new Set(numbers)]
    .sort((a, b) => b - a)
    .map((number) => {
      if (number >= 1 && number <= count) return { do: 'remove', path: ['webhooks', number - 1] } as const
      throw usage(`--remove-webhook ${number}: the agent has ${count === 0 ? 'no webhooks' : `1 to ${count}`}`)
    })
}

function paramEdits(data: TomlTable, { setParam = [], removeParam = [] }: ConfigFlags): Edit[] {
  const sets = setParam.map((text): Edit => {
    const at = text.indexOf('=')
    if (at < 1)
      throw usage(`--set-param ${quote(text)}: write key=value, with a value of TOML such as 3, true or ["a"]`)
    return { do: 'set', path: ['params', text.slice(0, at).trim()], value: typedValue(text.slice(at + 1).trim()) }
  })
  const removes = removeParam.map((key): Edit => {
    const params = valueAt(data, ['params'])
    const known = typeof params === 'object' ? Object.keys(params) : []
    if (known.includes(key)) return { do: 'remove', path: ['params', key] }
    throw usage(
      `--remove-param ${quote(key)}: there is none${nearest(key, known)}; there are ${known.join(', ') || 'none'}`,
    )
  })
  return [...sets, ...removes]
}
