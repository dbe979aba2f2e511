import { mkdirSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { planSchema } from '../core/plan/schema.ts'

/** The JSON Schema of `al synth --json`, as text. `npm run schema` writes it; a test keeps the written one current. */
export function planJsonSchema(): string {
  const schema = z.toJSONSchema(planSchema, { target: 'draft-2020-12', io: 'input' })
  return `${JSON.stringify({ title: 'Action Llama plan, version 1', ...schema }, null, 2)}\n`
}

if (import.meta.main) {
  mkdirSync('schema', { recursive: true })
  writeFileSync('schema/plan.schema.json', planJsonSchema())
}
