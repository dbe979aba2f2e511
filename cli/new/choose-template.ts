import type { Ask } from '../ui/ask.ts'
import { type TemplateName, templateNames, templates } from './templates.ts'

/** The template that a flag or an answer names; `text` is the question. */
export const chooseTemplate = async (
  { template }: { readonly template?: TemplateName },
  ask: Ask,
  text: string,
): Promise<TemplateName> =>
  template ??
  (await ask.choose<TemplateName>({
    text,
    flag: '--template <name>',
    initial: 'empty',
    options: templateNames.map((value) => ({ value, ...templates[value] })),
  }))
