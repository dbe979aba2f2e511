import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { formatTable } from './table.ts'
import type { Message, StyledLine, Ui } from './ui.ts'

type Output = Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
type Style = Parameters<typeof styleText>[0]

/** Calls back once nobody reads standard output any more, as in `al logs -f | head`. Answers how to take that back. */
export function onReaderGone(then: () => void): () => void {
  const gone = ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') then()
  }
  process.stdout.on('error', gone)
  return () => process.stdout.off('error', gone)
}

/** Renders messages to standard output and standard error; colours only where the stream takes them (NO_COLOR, pipes). */
export function streamUi(json: boolean, out: Output = process.stdout, err: Output = process.stderr): Ui {
  // styleText looks at NO_COLOR, FORCE_COLOR and whether the stream is a terminal.
  const style = (stream: Output, format: Style, text: string) =>
    styleText(format, text, { stream: stream as WriteStream, validateStream: true })
  const people = (text: string) => {
    if (!json) out.write(`${text}\n`)
  }
  const write = (stream: Output, lines: readonly StyledLine[]) => {
    for (const line of lines) {
      stream.write(`${line.map((one) => (one.style ? style(stream, one.style, one.text) : one.text)).join('')}\n`)
    }
  }
  return {
    emit(message: Message) {
      switch (message.kind) {
        case 'data':
          if (json) out.write(`${JSON.stringify(message.data, null, 2)}\n`)
          return
        case 'record':
          if (json) out.write(`${JSON.stringify(message.data)}\n`)
          else write(out, message.lines)
          return
        case 'lines':
          return write(json ? err : out, message.lines)
        case 'heading':
          return people(`\n${style(out, 'bold', message.text)}`)
        case 'text':
          return people(message.dim === true ? style(out, 'dim', message.text) : message.text)
        case 'table': {
          // A terminal that does not know its width says 0.
          const width = (out.isTTY && out.columns) || undefined
          const [head = '', ...rows] = formatTable(message.columns, message.rows, width)
          people([style(out, 'dim', head), ...rows].join('\n'))
          return
        }
        case 'note':
          err.write(`${style(err, 'dim', message.text)}\n`)
          return
        case 'warning':
          err.write(`${style(err, 'yellow', 'warning:')} ${message.text}\n`)
          return
        case 'error':
          err.write(`${style(err, 'red', 'error:')} ${message.text}\n`)
          return
      }
    },
  }
}
