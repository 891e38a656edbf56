import type { Path } from '../plan/step.ts';

/** Fields of inputs that the file has elsewhere. */
const ELSEWHERE: Readonly<Record<string, Path>> = {
  mappingId: ['mapping', 'id'],
  rules: ['mapping', 'rules'],
};

/** Where the file has what an issue of the gateway is about, from the entry on. */
export function issuePath(path: readonly string[]): Path {
  const [field = '', ...below] = path;
  return [
    ...(ELSEWHERE[field] ?? (field === '' ? [] : [field])),
    ...below.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  ];
}

/** What an issue of the gateway says, with the field in the words of the file. Its own text names no field. */
export function issueMessage(path: Path, message: string): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
