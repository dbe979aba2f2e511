import { formatRef } from '../../core/credentials/reference.ts'
import { type CredentialTypeName, credentialTypes } from '../../core/credentials/types.ts'
import { parseCron } from '../../core/cron/cron.ts'
import { modelProviders } from '../../core/project/schema/model.ts'
import { UserError } from '../errors.ts'
import { valueAt } from '../toml/edit-data.ts'
import { isTomlTable, type TomlTable, type TomlValue, writeValue } from '../toml/toml-value.ts'
import type { Ask } from '../ui/ask.ts'
import { chooseModel } from './choose-model.ts'
import type { ConfigFlags } from './config-edits.ts'
import { readTrigger } from './trigger-edits.ts'

const listAt = (data: TomlTable, key: string): readonly TomlValue[] => {
  const value = valueAt(data, [key])
  return Array.isArray(value) ? (value as readonly TomlValue[]) : []
}
const tableAt = (data: TomlTable, key: string): TomlTable => {
  const value = valueAt(data, [key])
  return isTomlTable(value) ? value : {}
}
const shown = (value: TomlValue): string => (typeof value === 'string' ? value : writeValue(value))
const noFlag = 'flags; see `al agent config --help`'

/** One round of the menu: what the person wants changed; nothing when they are done. */
export async function askForChange(data: TomlTable, ask: Ask): Promise<ConfigFlags | undefined> {
  const schedule = valueAt(data, ['schedule'])
  const model = tableAt(data, 'model')
  const options = [
    { value: 'credentials', label: 'Credentials', hint: listAt(data, 'credentials').map(shown).join(', ') || 'none' },
    { value: 'model', label: 'Model', hint: model.model === undefined ? 'of the project' : shown(model.model) },
    { value: 'schedule', label: 'Schedule', hint: schedule === undefined ? 'none' : shown(schedule) },
    { value: 'webhooks', label: 'Webhooks', hint: String(listAt(data, 'webhooks').length) },
    { value: 'params', label: 'Params', hint: Object.keys(tableAt(data, 'params')).join(', ') || 'none' },
    { value: 'done', label: 'Done', hint: '' },
  ] as const
  const part = await ask.choose<(typeof options)[number]['value']>({ text: 'Change what?', flag: noFlag, options })
  switch (part) {
    case 'credentials':
      return await changeCredentials(data, ask)
    case 'model':
      return await changeModel(model, ask)
    case 'schedule':
      return { schedule: await askSchedule(schedule, ask) }
    case 'webhooks':
      return await changeWebhooks(data, ask)
    case 'params':
      return await changeParams(data, ask)
    case 'done':
      return undefined
  }
}

async function changeCredentials(data: TomlTable, ask: Ask): Promise<ConfigFlags> {
  const refs = listAt(data, 'credentials').map(shown)
  const remove = await pick('Credentials', 'Add one', refs, ask)
  if (remove !== undefined) return { removeCredential: [remove] }
  // Keys of models are no agent's business: the project's model brings its own along.
  const keys = new Set<string | undefined>(Object.values(modelProviders))
  const types = (Object.keys(credentialTypes) as CredentialTypeName[]).filter(
    (one) => credentialTypes[one].exposure === 'agent' && !keys.has(one),
  )
  const type = await ask.choose<CredentialTypeName>({
    text: 'Which type?',
    flag: '--add-credential <ref>',
    options: types.map((value) => ({ value, label: credentialTypes[value].label, hint: value })),
  })
  const instance = await ask.text({ text: 'Instance', flag: '--add-credential <type:instance>', initial: 'default' })
  return { addCredential: [formatRef({ type, instance })] }
}

async function changeModel(model: TomlTable, ask: Ask): Promise<ConfigFlags> {
  if (Object.keys(model).length > 0) {
    const inherit = await ask.confirm({ text: "Use the project's model instead of its own?", flag: '--inherit-model' })
    if (inherit) return { inheritModel: true }
  }
  const { provider, model: id, baseUrl, api } = await chooseModel({}, ask)
  return { provider, model: id, ...(baseUrl && { baseUrl }), ...(api && { api }) }
}

async function askSchedule(before: TomlValue | undefined, ask: Ask): Promise<string | false> {
  const line = await ask.text({
    text: 'Cron line: minute hour day month weekday (empty: none)',
    flag: '--schedule <cron>',
    ...(before !== undefined && { initial: shown(before) }),
    check(answer) {
      if (answer === '') return undefined
      const cron = parseCron(answer)
      return cron.ok ? undefined : cron.reason
    },
  })
  return line === '' ? false : line
}

async function changeWebhooks(data: TomlTable, ask: Ask): Promise<ConfigFlags> {
  const triggers = listAt(data, 'webhooks').map((one, i) => `${i + 1}. ${shown(one)}`)
  const remove = await pick('Webhooks', 'Add one', triggers, ask)
  if (remove !== undefined) return { removeWebhook: [triggers.indexOf(remove) + 1] }
  const webhook = await ask.text({
    text: 'Source and filters, such as: github events=issues actions=labeled labels=plan',
    flag: '--webhook <source filters>',
    check(answer) {
      try {
        readTrigger(answer)
        return undefined
      } catch (error) {
        if (error instanceof UserError) return error.message
        throw error
      }
    },
  })
  return { webhook: [webhook] }
}

async function changeParams(data: TomlTable, ask: Ask): Promise<ConfigFlags> {
  const params = Object.entries(tableAt(data, 'params'))
  const key = await pick(
    'Params',
    'Add one',
    params.map(([name]) => name),
    ask,
    'Change',
  )
  const name =
    key ??
    (await ask.text({
      text: 'Key',
      flag: '--set-param <key=value>',
      check: (one) => (one === '' ? 'a name' : undefined),
    }))
  const before = params.find(([one]) => one === name)?.[1]
  const value = await ask.text({
    text: 'Value: TOML such as 3, true or ["a"], else a text (empty: remove it)',
    flag: '--set-param <key=value>',
    ...(before !== undefined && { initial: writeValue(before) }),
  })
  return value === '' ? (key === undefined ? {} : { removeParam: [key] }) : { setParam: [`${name}=${value}`] }
}

/** One of those that are there, or nothing for a new one. */
async function pick(
  text: string,
  add: string,
  there: readonly string[],
  ask: Ask,
  verb = 'Remove',
): Promise<string | undefined> {
  if (there.length === 0) return undefined
  const options = [{ value: 'add', label: add }, ...there.map((one, i) => ({ value: `${i}`, label: `${verb} ${one}` }))]
  const chosen = await ask.choose<string>({ text, flag: noFlag, options })
  return chosen === 'add' ? undefined : there[Number(chosen)]
}
