/** What exists in the stand-in of Google Cloud that Pulumi's provider speaks for: by id. */
export type World = Readonly<Record<string, WorldResource>>

export interface WorldResource {
  readonly type: string
  /** What the program calls it. */
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
}

/** What becomes of a resource instead. */
export interface Fate {
  /** `create agent-dev`, `update …`, `delete …`; `lose …`: it is made, and the answer is kept back. */
  readonly of: string
  /** The error of the provider. */
  readonly fails?: string
  /** A file of the directory that has to be there first. */
  readonly waitsFor?: string
}
