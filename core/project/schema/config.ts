import * as z from 'zod'
import {
  flag,
  longestTimeout,
  memory,
  namePattern,
  nameRule,
  oneOf,
  pattern,
  positive,
  text,
  url,
  wholeNumber,
} from './fields.ts'
import { limitsSchema } from './limits.ts'
import { modelSchema } from './model.ts'
import { webhookSourceSchema } from './webhooks.ts'

const table = 'a table'
const name = () => pattern(namePattern, nameRule)

/**
 * One layer of the project's configuration: `config.toml`, `.env.toml` or an environment file. Nothing is required of a
 * layer; what the layers must hold together is checked after they are merged.
 */
export const configSchema = z.strictObject({
  projectName: name().optional(),
  timezone: text('an IANA time zone such as "Europe/Berlin"').optional(),
  maxReruns: wholeNumber(0).optional(),
  maxCallDepth: wholeNumber(0).optional(),
  maxTriggerDepth: wholeNumber(0).optional(),
  workQueueSize: wholeNumber(1).optional(),
  webhookQueueSize: wholeNumber(1).optional(),
  scale: wholeNumber(1).optional(),
  model: modelSchema.partial().optional().describe(table),
  limits: limitsSchema.optional().describe(table),
  local: z
    .strictObject({
      image: text('the name of an image').optional(),
      memory: memory().optional(),
      cpus: positive('a number of CPUs above 0').optional(),
      timeout: wholeNumber(1, longestTimeout, 'seconds').optional(),
      runtime: oneOf(['docker', 'process']).optional(),
      enabled: flag().optional(),
    })
    .optional()
    .describe(table),
  gateway: z
    .strictObject({
      port: wholeNumber(1, 65_535).optional(),
      lockTimeout: wholeNumber(1, 86_400, 'seconds').optional(),
      url: url().optional(),
    })
    .optional()
    .describe(table),
  webhooks: z.record(z.string(), webhookSourceSchema.partial()).optional().describe('tables, [webhooks.<source>]'),
  telemetry: z
    .strictObject({
      enabled: flag().optional(),
      provider: oneOf(['otel', 'xray', 'none']).optional(),
      endpoint: url(['http:', 'https:', 'grpc:', 'grpcs:']).optional(),
      serviceName: text().optional(),
      headers: z.record(text(), z.string().describe('a text')).optional().describe('a table of header names and texts'),
      samplingRate: z.number().min(0).max(1).describe('a number from 0 to 1').optional(),
    })
    .optional()
    .describe(table),
  cloud: z.record(z.string(), z.unknown()).optional().describe(table),
})

/** `.env.toml` also selects the environment. */
export const overlaySchema = configSchema.extend({ environment: name().optional() })

/** `<env>.toml` may also describe a server of its own, which serverless targets have no use for. */
export const environmentSchema = configSchema.extend({
  server: z
    .strictObject({
      host: text().optional(),
      user: text().optional(),
      port: wholeNumber(1, 65_535).optional(),
      keyPath: text().optional(),
      basePath: pattern(/^\//, 'an absolute path').optional(),
      provider: text().optional(),
      vultrInstanceId: text().optional(),
      vultrRegion: text().optional(),
      hetznerServerId: z.union([z.string(), z.number()]).optional().describe('an id'),
      hetznerLocation: text().optional(),
      cloudflareZoneId: text().optional(),
      cloudflareDnsRecordId: text().optional(),
      cloudflareHostname: text().optional(),
    })
    .optional()
    .describe(table),
})

export type Config = z.output<typeof configSchema>
