/**
 * The one way out of the CLI. Commands say what they have to say as messages; what is shown, where and how is decided by
 * the one that renders them: a terminal, a pipe or `--json`. A question (once there is one) carries its default answer,
 * so that all of them stay one code path.
 */
export type Message =
  /** What the command is for, as data: alone on standard output with `--json`, not shown otherwise. */
  | { readonly kind: 'data'; readonly data: unknown }
  /** One of many, as they come: a line of JSON each with `--json`, else lines for people. */
  | { readonly kind: 'record'; readonly data: unknown; readonly lines: readonly StyledLine[] }
  /** The same for people. */
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly dim?: boolean }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** What comes in while the command works. With `--json` it goes to standard error. */
  | { readonly kind: 'lines'; readonly lines: readonly StyledLine[] }
  /** What happens beside it: never on standard output. */
  | { readonly kind: 'note' | 'warning' | 'error'; readonly text: string }

export type TextStyle = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** A line in pieces, each with its style where the stream takes styles. */
export type StyledLine = readonly { readonly text: string; readonly style?: TextStyle }[]

export interface Ui {
  emit(message: Message): void
}
