/**
 * The one way out of the CLI. Commands say what they have to say as messages; what is shown, where and how is decided by
 * the one that renders them: a terminal, a pipe or `--json`. A question (once there is one) carries its default answer,
 * so that all of them stay one code path.
 */
export type Message =
  /** What the command is for, as data: alone on standard output with `--json`, not shown otherwise. */
  | { readonly kind: 'data'; readonly data: unknown }
  /** The same for people. */
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly dim?: boolean }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** What happens beside it: never on standard output. */
  | { readonly kind: 'note' | 'warning' | 'error'; readonly text: string }

export interface Ui {
  emit(message: Message): void
}
