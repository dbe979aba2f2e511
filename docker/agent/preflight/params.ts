import { PreflightError } from './preflight-error.ts'

type Params = Readonly<Record<string, unknown>>

/** A parameter that has to be there and be a text. */
export function textParam(params: Params, name: string): string {
  const value = optionalText(params, name)
  if (!value) throw new PreflightError(`the parameter \`${name}\` is missing`)
  return value
}

export function optionalText(params: Params, name: string): string | undefined {
  const value = params[name]
  if (value === undefined || typeof value === 'string') return value
  throw new PreflightError(`the parameter \`${name}\` is not a text`)
}

/** A table of texts; empty when it is not there. */
export function optionalTable(params: Params, name: string): Record<string, string> {
  const value = params[name] ?? {}
  if (typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')) {
    return { ...(value as Record<string, string>) }
  }
  throw new PreflightError(`the parameter \`${name}\` is not a table of texts`)
}

/** Replaces `${NAME}` in every text, at any depth, by the variable's value: nothing where it is not set. */
export function interpolated<Value>(value: Value, environment: Readonly<Record<string, string>>): Value
export function interpolated(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) =>
      Object.hasOwn(environment, name) ? (environment[name] ?? '') : '',
    )
  }
  if (Array.isArray(value)) return value.map((one) => interpolated(one, environment))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolated(one, environment)]))
  }
  return value
}
