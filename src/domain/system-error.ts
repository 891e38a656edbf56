/** The code of an error of the system or of Node.js, such as `ECONNRESET`; null if it has none. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
