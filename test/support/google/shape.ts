/** A type in a discovery document: the dialect of JSON Schema that Google writes there. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
}

export type Schemas = Readonly<Record<string, Schema>>

/** Texts of these formats; the others are of no consequence here. Numbers of 64 bits are texts in Google's JSON. */
const formats: Readonly<Record<string, RegExp>> = {
  int64: /^-?\d+$/,
  uint64: /^\d+$/,
  byte: /^[A-Za-z0-9+/_-]*={0,2}$/,
  'google-duration': /^-?\d+(?:\.\d{1,9})?s$/,
  'google-datetime': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
}

/** Where a value is not as a schema says, a line each: `body.overrides.foo is unknown`. Names of fields, never values. */
export function shapeProblems(where: string, schema: Schema, value: unknown, schemas: Schemas): string[] {
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref]
    return target === undefined ? [`${where}: no schema ${schema.$ref}`] : shapeProblems(where, target, value, schemas)
  }
  const wrong = (what: string) => [`${where} is no ${what}`]
  switch (schema.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('object')
      const { properties = {}, additionalProperties } = schema
      return Object.entries(value).flatMap(([name, one]) => {
        const at = `${where}.${name}`
        const inner = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
        if (one === undefined) return []
        return inner === undefined ? [`${at} is unknown`] : shapeProblems(at, inner, one, schemas)
      })
    }
    case 'array':
      if (!Array.isArray(value)) return wrong('list')
      return value.flatMap((one, index) => shapeProblems(`${where}[${index}]`, schema.items ?? {}, one, schemas))
    case 'string':
      if (typeof value !== 'string') return wrong('text')
      if (schema.enum !== undefined && !schema.enum.includes(value)) return wrong(`one of ${schema.enum.join(', ')}`)
      return formats[schema.format ?? '']?.test(value) === false ? wrong(schema.format ?? '') : []
    case 'boolean':
      return typeof value === 'boolean' || /^query .*/.test(where) ? [] : wrong('boolean')
    case 'integer':
      return Number.isInteger(typeof value === 'string' && where.startsWith('query ') ? Number(value) : value)
        ? []
        : wrong('whole number')
    case 'number':
      return typeof value === 'number' || where.startsWith('query ') ? [] : wrong('number')
    default:
      return []
  }
}
