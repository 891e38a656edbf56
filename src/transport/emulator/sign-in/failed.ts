/** A sign-in ends. The message is for the person who signs in, and names no secret. */
export class SignInFailed extends Error {}

/** What somebody else sent, short enough for a message. */
export function quoted(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
