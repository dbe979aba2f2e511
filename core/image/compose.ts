/**
 * An agent's image is one Dockerfile made of up to three: the base, the project's and the agent's. One file builds with
 * any builder, needs no registry between its steps, and its text is all there is to hash.
 *
 * Only `FROM al-agent` and `FROM al-project-base` (with any tag) are rewritten, to the stage below; a Dockerfile that
 * starts from an image of its own keeps it.
 */
export interface Dockerfiles {
  readonly base: string
  readonly project?: string
  readonly agent?: string
}

const baseStage = 'al-agent'
const projectStage = 'al-project-base'

/** The one Dockerfile of an image. Its context holds our own files in `.al-agent/`, beside those of the agent's directory. */
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

const from = /^\s*FROM\s+((?:--platform=\S+\s+)?)(\S+)(?:\s+AS\s+(\S+))?\s*$/i
const ours = /^(?:al-agent|al-project-base)(?::\S+)?$/

/** One line of a Dockerfile; a stage begins with a line that has one. */
interface Line {
  readonly text: string
  readonly stage?: { readonly flags: string; readonly image: string; readonly alias?: string }
}

/** Tells lines that begin an instruction from those inside one: a script in a heredoc may say FROM as well. */
function readLines(text: string): Line[] {
  let inside = false
  const heredocs: string[] = []
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line): Line => {
      if (heredocs.length > 0) {
        if (line.trim() === heredocs[0]) heredocs.shift()
        return { text: line }
      }
      const match = inside ? null : from.exec(line)
      if (!inside || !/^\s*#/.test(line)) inside = /\\\s*$/.test(line)
      for (const [, word = ''] of line.matchAll(/<<-?["']?([A-Za-z_]\w*)["']?/g)) heredocs.push(word)
      const [, flags = '', image = '', alias] = match ?? []
      return match === null ? { text: line } : { text: line, stage: { flags, image, alias } }
    })
}

function split(text: string): { text: string; stages: number } {
  return { text, stages: readLines(text).filter(({ stage }) => stage !== undefined).length }
}

/**
 * The image that a Dockerfile's last stage starts from, when it is not the agents' own. Such an image has to bring what
 * runs the agent itself.
 */
export function foreignBase(dockerfile: string): string | undefined {
  const stages = readLines(dockerfile).flatMap(({ stage }) => stage ?? [])
  let stage = stages.at(-1)
  for (let i = stages.length - 1; i > 0; i--) {
    if (stages[i - 1]?.alias === stage?.image) stage = stages[i - 1]
  }
  return stage === undefined || ours.test(stage.image) ? undefined : stage.image
}

/** One user's Dockerfile, its stages placed after the `before` stages of the files below. */
function rebase(
  text: string,
  below: string,
  before: number,
  name: string | undefined,
): { head: string[]; body: string; stages: number } {
  const lines = readLines(text)
  const first = lines.findIndex(({ stage }) => stage !== undefined)
  const last = lines.findLastIndex(({ stage }) => stage !== undefined)
  if (first < 0) return { head: [], body: `FROM ${below}${labelled(name)}\n${text}`, stages: 1 }
  const body = lines.slice(first).map(({ text: line, stage }, i) => {
    if (stage === undefined) {
      return line.replace(/(--from=)(\d+)\b/g, (_, flag, number) => `${flag}${Number(number) + before}`)
    }
    const image = ours.test(stage.image) ? below : stage.image
    // The last stage is what the next file builds on.
    return `FROM ${stage.flags}${image}${labelled(first + i === last ? (name ?? stage.alias) : stage.alias)}`
  })
  // What stands before the first FROM (parser directives, global ARGs) has to stay before every FROM.
  const head = lines
    .slice(0, first)
    .map((line) => line.text)
    .join('\n')
    .trim()
  const stages = lines.filter(({ stage }) => stage !== undefined).length
  return { head: head === '' ? [] : [head], body: body.join('\n'), stages }
}

const labelled = (name: string | undefined): string => (name === undefined ? '' : ` AS ${name}`)
