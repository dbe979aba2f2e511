import { html as tagged } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'

/** Markup as a tagged template. What is put into it becomes text or an attribute, never markup. */
export const html = tagged as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

export type Children = ComponentChildren
