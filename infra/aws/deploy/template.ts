/** A CloudFormation template, as far as comparing goes. */
export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>
  readonly Outputs?: Readonly<Record<string, unknown>>
}

export interface TemplateResource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
}

/** Where a resource belongs: an agent, or the control plane; and what it is called in there (`Role`, `Schedule1`). */
export interface Place {
  readonly agent?: string
  readonly part: string
}

/** Eight hexadecimal digits stand at the end of every logical id that the CDK makes. */
const hash = /[0-9A-F]{8}$/

/**
 * Tells where resources belong, by their logical ids: the path of the construct without its punctuation. An agent's log
 * group says what the agent is called, so that templates of agents that are gone from the project can be read as well.
 */
export function placesIn({ Resources = {} }: Template): (logicalId: string) => Place {
  const agents = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const group = Type === 'AWS::Logs::LogGroup' ? Properties?.LogGroupName : undefined
    const agent = typeof group === 'string' ? /\/agent\/([^/]+)$/.exec(group)?.[1] : undefined
    return agent === undefined ? [] : [{ agent, prefix: id.replace(/Logs[0-9A-F]{8}$/, '') }]
  })
  // `dev` must not claim what belongs to `devops`.
  agents.sort((a, b) => b.prefix.length - a.prefix.length)
  return (logicalId) => {
    const owner = agents.find(({ prefix }) => logicalId.startsWith(prefix))
    const part = logicalId.slice(owner?.prefix.length ?? 0).replace(hash, '') || logicalId
    return owner === undefined ? { part } : { agent: owner.agent, part }
  }
}
