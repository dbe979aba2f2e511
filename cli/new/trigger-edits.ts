import { nearest } from '../../core/project/nearest.ts'
import { quote } from '../../core/project/quote.ts'
import { filtersSchema } from '../../core/project/schema/webhooks.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Edit } from '../toml/edit-data.ts'
import type { TomlTable, TomlValue } from '../toml/toml-value.ts'
import { readSource } from './webhook-sources.ts'

/** What starts an agent, as it is typed. */
export interface TriggerFlags {
  /** A cron line; `false` for none. */
  readonly schedule?: string | false
  readonly timezone?: string
  /** `source`, or `source key=value,value key=value`. */
  readonly webhook?: readonly string[]
  readonly addSource?: readonly string[]
}

/** The changes of agent-config.toml and of config.toml that the flags ask for. */
export function triggerEdits(flags: TriggerFlags): { readonly agent: Edit[]; readonly config: Edit[] } {
  const agent: Edit[] = []
  if (flags.schedule === false || flags.schedule === '') agent.push({ do: 'remove', path: ['schedule'] })
  else if (flags.schedule !== undefined) agent.push({ do: 'set', path: ['schedule'], value: flags.schedule })
  if (flags.timezone !== undefined) agent.push({ do: 'set', path: ['timezone'], value: flags.timezone })
  for (const text of flags.webhook ?? []) agent.push({ do: 'append', path: ['webhooks'], table: readTrigger(text) })
  return { agent, config: (flags.addSource ?? []).map(readSource) }
}

const filters = Object.keys(filtersSchema.shape)
const single = new Set(['org', 'assignee', 'author'])

/** Reads `github events=issues,pull_request labels=plan`. Throws a `UserError` (usage). */
export function readTrigger(text: string): TomlTable {
  const [source = '', ...words] = text.trim().split(/\s+/)
  if (source === '' || source.includes('=')) {
    throw new UserError(
      `--webhook ${quote(text)}: begin with the source, as in "github events=issues labels=plan"`,
      exitCodes.usage,
    )
  }
  const table: Record<string, TomlValue> = { source }
  for (const word of words) {
    const at = word.indexOf('=')
    const key = word.slice(0, at)
    if (at < 1 || !filters.includes(key)) {
      throw new UserError(
        `--webhook: ${quote(word)} is no filter${nearest(at < 1 ? word : key, filters)}; write filter=value,value with ${filters.join(', ')}`,
        exitCodes.usage,
      )
    }
    const value = word.slice(at + 1)
    table[key] = single.has(key) ? value : value.split(',').filter((one) => one !== '')
  }
  return table
}
