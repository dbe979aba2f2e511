import * as z from 'zod'
import { parseSize } from '../size.ts'

/**
 * The types of single values that the schemas are made of. The description of each is used in messages ("expected …") and
 * in the generated reference.
 */
// Not `min(1)`: that also looks at the `length` of a table that stands in the text's place, and may choke on it.
export const text = (what = 'a text') =>
  z
    .string()
    .regex(/[\s\S]/)
    .describe(what)

export const flag = () => z.boolean().describe('true or false')

export const texts = (what = 'a list of texts') => z.array(text()).describe(what)

export const wholeNumber = (min: number, max: number = Number.MAX_SAFE_INTEGER, unit = '') =>
  z
    .int()
    .min(min)
    .max(max)
    .describe(
      `a whole number${unit === '' ? '' : ` of ${unit}`}${
        max === Number.MAX_SAFE_INTEGER ? `, at least ${min}` : ` from ${min} to ${max}`
      }`,
    )

export const positive = (what: string) => z.number().positive().describe(what)

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).describe(`one of ${values.join(', ')}`)

/** Memory in any dialect: Docker's `"4g"`, Kubernetes' `"4Gi"`, or MiB as `"4096"` or `4096`. Output: MiB. */
export const memory = () =>
  z
    .union([z.string(), z.number()])
    .transform((value, ctx) => {
      const size = parseSize(value)
      if (size !== undefined) return size
      ctx.addIssue({ code: 'custom', message: 'size' })
      return z.NEVER
    })
    .describe('a size such as "4g", "4Gi", "512m" or 4096 (MiB)')

/** An absolute http(s) URL that carries no user name, password or secret. */
export const url = (protocols: readonly string[] = ['http:', 'https:']) =>
  z
    .string()
    .refine((value) => {
      if (!URL.canParse(value)) return false
      const { protocol, username, password } = new URL(value)
      return protocols.includes(protocol) && username === '' && password === ''
    })
    .describe('an absolute http or https URL without user name and password')

export const pattern = (regex: RegExp, what: string) => z.string().regex(regex).describe(what)

/** A week: the most any target allows, and below what a timer can hold. */
export const longestTimeout = 7 * 24 * 3600

/** Project, environment and agent names: what every cloud can hold as part of a longer name. */
export const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
export const nameRule = '1–63 lower-case letters, digits and hyphens, no hyphen first or last'
