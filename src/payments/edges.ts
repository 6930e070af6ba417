/** Every legal change of a status, written out; whatever is not in the table is a bug, also where it "cannot happen". */
export type Edges<S extends string> = Readonly<Record<S, readonly S[]>>;

/** @throws Error when a thing may not go from one status to the other */
export function assertEdge<S extends string>(what: string, edges: Edges<S>, from: S, to: S): void {
  if (!edges[from].includes(to)) throw new Error(`A ${what} cannot go from ${from} to ${to}`);
}
