import {
  GetFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { differences, isRecord, unresolved } from '../../doctor/differences.ts'
import { type Difference, none } from '../../doctor/finding.ts'
import type { Account } from '../account.ts'
import { asked } from '../secrets/asked.ts'
import type { Inspector } from './inspector.ts'

/** The properties that a call changes, called the same in the template. */
const settings = [
  ...['MemorySize', 'Timeout', 'Role', 'Runtime', 'Handler', 'EphemeralStorage', 'LoggingConfig', 'VpcConfig'],
] as const

/** Seconds that a change of a function may take. */
const patience = 120

/** A function's size, identity, network, variables and image. Its code is what the deploy that made it has uploaded. */
export function functionInspector(account: Pick<Account, 'region' | 'credentials'>): Inspector {
  const client = new LambdaClient(account)
  return async (properties, FunctionName) => {
    const request = new GetFunctionCommand({ FunctionName })
    const found = await asked(() => client.send(request), { absent: ['ResourceNotFoundException'] })
    if (found?.Configuration === undefined) return 'absent'
    const { Configuration, Code } = found
    const planned = Object.fromEntries(settings.map((key) => [key, properties[key]]))
    const image = isRecord(properties.Code) ? properties.Code.ImageUri : undefined
    const variables = variablesOf(properties.Environment)
    const inCode = differences('image', image, Code?.ImageUri)
    const subnets = extra('subnets', properties.VpcConfig, Configuration.VpcConfig?.SubnetIds)
    const layers = extra(
      'layers',
      properties.Layers,
      Configuration.Layers?.map(({ Arn }) => Arn ?? ''),
    )
    const lines: Difference[] = [
      ...differences('', planned, Configuration),
      ...variableDifferences(variables, Configuration.Environment?.Variables ?? {}),
      ...subnets,
      ...layers,
    ]
    const wait = () => waitUntilFunctionUpdatedV2({ client, maxWaitTime: patience }, { FunctionName })
    const changeSettings = async () => {
      const known = Object.entries(planned).filter(([, value]) => value !== undefined && value !== unresolved)
      const configuration = new UpdateFunctionConfigurationCommand({
        FunctionName,
        // An empty network is how a function leaves one. Functions with an image may have no list of layers, not even an empty one.
        ...(subnets.length > 0 && { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } }),
        ...(layers.length > 0 && { Layers: [] }),
        ...Object.fromEntries(known),
        Environment: { Variables: variables },
      })
      await client.send(configuration)
      await wait()
    }
    const incomplete = Object.values(variables).some((value) => typeof value !== 'string')
    return {
      differences: [...lines, ...inCode],
      ...(incomplete
        ? { advice: 'what the plan sets is not known here: change it back by hand' }
        : {
            repair: async () => {
              if (lines.length > 0) await asked(changeSettings)
              if (inCode.length === 0) return
              await asked(async () => {
                await client.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri: String(image) }))
                await wait()
              })
            },
          }),
    }
  }
}

const variablesOf = (environment: unknown): Record<string, string> =>
  isRecord(environment) && isRecord(environment.Variables) ? (environment.Variables as Record<string, string>) : {}

/** By name: whoever set one by hand may have put a secret into it. */
function variableDifferences(planned: Readonly<Record<string, unknown>>, found: Readonly<Record<string, string>>) {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(found)])].sort()
  return names.flatMap((name): Difference[] => {
    const what = `variable ${name}`
    if (planned[name] === undefined) return [{ what, expected: none, found: 'is set' }]
    if (planned[name] === unresolved || planned[name] === found[name]) return []
    return [{ what, expected: 'as planned', found: found[name] === undefined ? none : 'another value' }]
  })
}

const extra = (what: string, planned: unknown, found: readonly string[] | undefined): Difference[] =>
  planned !== undefined || found === undefined || found.length === 0
    ? []
    : [{ what, expected: none, found: found.join(', ') }]
