import { formatTable } from '../cli/ui/table.ts'

/** Prints one table of the bench. */
export function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`\n${title}`)
  for (const line of formatTable(head, rows)) console.log(line)
}
