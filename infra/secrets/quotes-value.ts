/**
 * Whether a service's message holds any part of a value. Services cut off what they quote, escape it, and write it on one
 * line: the beginning of any word of it is enough.
 */
export const quotesValue = (message: string, value: string): boolean =>
  value.split(/[^A-Za-z0-9+/=_-]+/).some((word) => word.length > 3 && message.includes(word.slice(0, 8))) ||
  message.includes(value)
