/** One thing about CI's identities that is not as it should be, and what puts it right. */
export interface Step {
  /** For people: what will be done. */
  readonly what: string
  apply(): Promise<void>
}
