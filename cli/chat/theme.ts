import { styleText } from 'node:util'
import type { EditorTheme, MarkdownTheme } from '@earendil-works/pi-tui'

type Style = Parameters<typeof styleText>[0]

/** Looks at NO_COLOR and at what the terminal can do. */
const styled =
  (style: Style) =>
  (text: string): string =>
    styleText(style, text, { stream: process.stdout, validateStream: true })

export const dim = styled('dim')
export const red = styled('red')
export const yellow = styled('yellow')
export const bold = styled('bold')

const plain = (text: string): string => text

export const markdownTheme: MarkdownTheme = {
  heading: styled(['bold', 'cyan']),
  link: styled('cyan'),
  linkUrl: dim,
  code: styled('yellow'),
  codeBlock: plain,
  codeBlockBorder: dim,
  quote: styled('italic'),
  quoteBorder: dim,
  hr: dim,
  listBullet: dim,
  bold,
  italic: styled('italic'),
  strikethrough: styled('strikethrough'),
  underline: styled('underline'),
}

export const editorTheme: EditorTheme = {
  borderColor: dim,
  selectList: { selectedPrefix: bold, selectedText: bold, description: dim, scrollInfo: dim, noMatch: dim },
}
