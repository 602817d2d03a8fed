/** Runs what it is given one after the other, in the order of the calls, whether those before succeed or not. */
export type InOrder = <T>(work: () => Promise<T>) => Promise<T>;

export function inOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
