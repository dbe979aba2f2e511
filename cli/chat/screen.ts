import { printable } from '../ui/printable.ts'
import { bold, dim, editorTheme, markdownTheme, red, yellow } from './theme.ts'
import type { Tui } from './tui-package.ts'

export interface ScreenOptions {
  /** The person has said something. */
  readonly onPrompt: (text: string) => void
  /** Ctrl-C or Escape while the model works. */
  readonly onStop: () => void
  /** Ctrl-C or Ctrl-D with nothing typed while it does not. */
  readonly onLeave: () => void
  /** Takes secrets out of everything that is shown. */
  readonly redact: (text: string) => string
}

/** The conversation on the terminal. Texts may be anybody's: none of them can move the cursor or set a colour. */
export interface Screen {
  person(text: string): void
  /** What the model says, in Markdown; grows while it is said. */
  model(text: string): { grow(text: string): void }
  command(text: string): void
  /** What a tool answered: its first lines. */
  output(text: string, failed: boolean): void
  note(text: string, kind?: 'plain' | 'warning' | 'error'): void
  /** The line at the bottom. */
  status(text: string): void
  /** While it works, Enter sends nothing. */
  working(doing: string | undefined): void
  close(): Promise<void>
}

/** Lines of a tool's output that are shown. */
const shownLines = 6

/** Takes the terminal until it is closed. */
export function openScreen(tui: Tui, { onPrompt, onStop, onLeave, redact }: ScreenOptions): Screen {
  const terminal = new tui.ProcessTerminal()
  const ui = new tui.TuiMainScreen(terminal)
  const story = new tui.Container()
  const below = new tui.Container()
  const bottom = new tui.Text('', 1, 0)
  const editor = new tui.Editor(ui, editorTheme)
  const clean = (text: string) => printable(redact(text))
  const add = (text: string, style: (line: string) => string, left = 1) =>
    story.addChild(new tui.Text(styledLines(clean(text), style), left, 0))
  const gap = () => story.addChild(new tui.Spacer(1))
  let loader: InstanceType<Tui['Loader']> | undefined

  for (const part of [story, below, editor, bottom]) ui.addChild(part)
  ui.setFocus(editor)
  editor.onSubmit = (text) => {
    if (text.trim() === '') return
    editor.addToHistory(text)
    onPrompt(text)
  }
  ui.addInputListener((data) => {
    const isCtrlC = tui.matchesKey(data, 'ctrl+c')
    if (loader !== undefined && (isCtrlC || tui.matchesKey(data, 'escape'))) {
      onStop()
      return { consume: true }
    }
    if (isCtrlC && editor.getText() !== '') {
      editor.setText('')
      ui.requestRender()
      return { consume: true }
    }
    if (loader === undefined && (isCtrlC || (tui.matchesKey(data, 'ctrl+d') && editor.getText() === ''))) {
      onLeave()
      return { consume: true }
    }
    return isCtrlC ? { consume: true } : undefined
  })
  ui.start()

  const shown = <T>(change: T): T => {
    ui.requestRender()
    return change
  }
  return {
    person(text) {
      gap()
      shown(add(`› ${text}`, bold))
    },
    model(text) {
      gap()
      const said = new tui.Markdown(clean(text), 1, 0, markdownTheme)
      story.addChild(said)
      return shown({ grow: (more: string) => shown(said.setText(clean(more))) })
    },
    command(text) {
      gap()
      shown(add(text, dim))
    },
    output(text, failed) {
      const lines = text.trimEnd().split('\n')
      const more = lines.length - shownLines
      // What a failure has to say comes last.
      const some = failed ? lines.slice(-shownLines) : lines.slice(0, shownLines)
      const rest = more > 0 ? `\n… ${more} more ${more === 1 ? 'line' : 'lines'}` : ''
      if (text.trim() !== '') shown(add(some.join('\n') + rest, failed ? red : dim, 3))
    },
    note(text, kind = 'plain') {
      gap()
      shown(add(text, { plain: dim, warning: yellow, error: red }[kind]))
    },
    status: (text) => shown(bottom.setText(dim(clean(text)))),
    working(doing) {
      if (doing !== undefined && loader !== undefined) return shown(loader.setMessage(clean(doing)))
      loader?.stop()
      below.clear()
      loader = doing === undefined ? undefined : new tui.Loader(ui, dim, dim, clean(doing))
      if (loader !== undefined) below.addChild(loader)
      editor.disableSubmit = doing !== undefined
      shown(undefined)
    },
    async close() {
      loader?.stop()
      // What the terminal still answers must not reach the shell that comes after.
      await terminal.drainInput(200)
      ui.stop()
    },
  }
}

/** Styles do not go on from one line to the next. */
const styledLines = (text: string, style: (line: string) => string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : style(line)))
    .join('\n')
