/** Memoizes a function by object, because a selection may ask for its result many times. */
export function oncePer<Subject extends object, Result>(
  make: (subject: Subject) => Result,
): (subject: Subject) => Result {
  const made = new WeakMap<Subject, { readonly result: Result }>();
  return (subject) => {
    const known = made.get(subject) ?? { result: make(subject) };
    made.set(subject, known);
    return known.result;
  };
}
