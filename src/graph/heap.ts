/** A set from which the least comes first. */
export class Heap<T> {
  private readonly items: { readonly item: T; readonly rank: number }[] = [];
  private readonly members = new Set<T>();

  /** Adds an item, if it is not in it. */
  add(item: T, rank: number): void {
    if (this.members.has(item)) return;
    this.members.add(item);
    const { items } = this;
    let at = items.push({ item, rank }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above]!.rank <= items[at]!.rank) break;
      this.swap(above, at);
      at = above;
    }
  }

  /** Takes out the item of the least rank. */
  take(): T | undefined {
    const { items } = this;
    if (items.length === 0) return undefined;
    this.swap(0, items.length - 1);
    const { item } = items.pop()!;
    this.members.delete(item);
    for (let at = 0; ; ) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < items.length && items[below]!.rank < items[least]!.rank) least = below;
      if (least === at) return item;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    const { items } = this;
    [items[a], items[b]] = [items[b]!, items[a]!];
  }
}
