import { visible } from '../../text/visible.ts';
import type { Hide } from './probe.ts';

/** The error of a response as it may be shown. A secret is hidden before the text is cut, which might leave a part of it. */
export function saidBy(error: string, description: string, hide: Hide): string {
  const show = (text: string) => visible(hide(text));
  return description === '' ? `"${show(error)}"` : `"${show(error)}: ${show(description)}"`;
}
