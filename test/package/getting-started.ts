import { blocksOf, textOf } from '../docs/markdown.ts'

/** What docs/getting-started.md says to type, in which terminal, in order. */
export interface Typed {
  readonly terminal: 'first' | 'second' | 'third'
  /** The lines of one block. */
  readonly lines: readonly string[]
}

export interface Here {
  readonly tarball: string
  /** Ports that are free here, in the place of those on the page. */
  readonly model: number
  readonly host: number
}

/** Up to the real model, of which there is none here. The package comes from a file, and ports are others. */
export function gettingStarted({ tarball, model, host }: Here): Typed[] {
  const page = 'docs/getting-started.md'
  const [text = ''] = textOf(page).split('\n## With a real model')
  let terminal: Typed['terminal'] = 'first'
  return text.split(/^## /m).flatMap((section) => {
    const [, named] = /^.*\bthe (first|second|third) terminal/.exec(section) ?? []
    terminal = (named as Typed['terminal'] | undefined) ?? (section.startsWith('4.') ? 'second' : terminal)
    return blocksOf(page, section)
      .filter(({ language }) => language === 'sh')
      .map((block) => ({ terminal, lines: block.text.split('\n').map(here) }))
  })

  function here(line: string): string {
    return line
      .replace(/^npm install -g \S+\/action-llama-\*\.tgz$/, `npm install -g --no-audit --no-fund '${tarball}'`)
      .replace(/^node scripted-model\/serve\.ts$/, `$& --port ${model}`)
      .replace(/^al start -w$/, `$& --port ${host}`)
      .replaceAll('127.0.0.1:4010', `127.0.0.1:${model}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${host}`)
  }
}
