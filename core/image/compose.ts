/**
 * An agent's image is one Dockerfile made of up to three: the base, the project's and the agent's. One file builds with
 * any builder, needs no registry between its steps, and its text is all there is to hash.
 *
 * Only `FROM al-agent` (with any tag) is rewritten, to the stage below; a Dockerfile that starts from an image of its own
 * keeps it.
 */
export interface Dockerfiles {
  readonly base: string
  readonly project?: string
  readonly agent?: string
}

const baseStage = 'al-agent'
const projectStage = 'al-project-base'

export function composeDockerfile({ base, project, agent }: Dockerfiles): string {
  const parts: { readonly text: string; readonly stages: number }[] = [split(base)]
  const header: string[] = []
  const add = (text: string, below: string, name: string | undefined) => {
    const before = parts.reduce((sum, part) => sum + part.stages, 0)
    const { head, body, stages } = rebase(text, below, before, name)
    header.push(...head)
    parts.push({ text: body, stages })
  }
  if (project !== undefined) add(project, baseStage, projectStage)
  if (agent !== undefined) add(agent, project === undefined ? baseStage : projectStage, undefined)
  const onTop =
    parts.length > 1 ? ['# Whatever the files above ended as, agents run as this user.\nUSER 1000:1000'] : []
  return `${[...header, ...parts.map(({ text }) => text.trim()), ...onTop].join('\n\n')}\n`
}

const from = /^(\s*FROM\s+(?:--platform=\S+\s+)?)(\S+)(\s+AS\s+(\S+))?\s*$/i

function split(text: string): { text: string; stages: number } {
  return { text, stages: text.split('\n').filter((line) => from.test(line)).length }
}

/** One user's Dockerfile, its stages placed after the `before` stages of the files below. */
function rebase(
  text: string,
  below: string,
  before: number,
  name: string | undefined,
): { head: string[]; body: string; stages: number } {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const first = lines.findIndex((line) => from.test(line))
  if (first < 0)
    return { head: [], body: `FROM ${below}${name === undefined ? '' : ` AS ${name}`}\n${text}`, stages: 1 }
  const last = lines.findLastIndex((line) => from.test(line))
  let stages = 0
  const body = lines.slice(first).map((line, i) => {
    const match = from.exec(line)
    if (match === null) return line.replace(/(--from=)(\d+)\b/g, (_, flag, stage) => `${flag}${Number(stage) + before}`)
    stages++
    const [, start = '', image = '', alias = ''] = match
    const source = /^al-agent(?::\S+)?$/.test(image) ? below : image
    // The last stage is what the next file builds on.
    const label = name !== undefined && first + i === last ? ` AS ${name}` : alias
    return `${start}${source}${label}`
  })
  // What stands before the first FROM (parser directives, global ARGs) has to stay before every FROM.
  const head = lines.slice(0, first).join('\n').trim()
  return { head: head === '' ? [] : [head], body: body.join('\n'), stages }
}
