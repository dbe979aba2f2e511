import { type FieldRef, headerReferences } from '../credentials/header-reference.ts'
import { ExportProblem } from './tracer.ts'

/** The headers with the values of credentials in them. Throws an `ExportProblem` for one that is not stored. */
export async function resolvedHeaders(
  headers: Readonly<Record<string, string>>,
  lookUp: (ref: FieldRef) => string | undefined | Promise<string | undefined>,
): Promise<Readonly<Record<string, string>>> {
  const resolved: [string, string][] = []
  for (const [name, text] of Object.entries(headers)) {
    let value = text
    for (const [reference] of text.matchAll(/\$\{[^{}]*\}/g)) {
      const [ref] = headerReferences(reference).references
      const found = ref && (await lookUp(ref))
      if (!found) throw new ExportProblem(`telemetry.headers.${name} refers to ${reference}, which is not stored`)
      value = value.replace(reference, () => found.trim())
    }
    resolved.push([name, value])
  }
  return Object.fromEntries(resolved)
}
