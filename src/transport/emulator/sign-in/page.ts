import type { EmulatorResponse } from '../emulator.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A page for a browser. @param body HTML */
export function page(status: number, title: string, body: string): EmulatorResponse {
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1>${body}</body></html>`;
  return {
    status,
    body: html,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  };
}

/** A page that says why a sign-in ended. */
export function failurePage(reason: string): EmulatorResponse {
  return page(400, 'Sign-in failed', `<p>${escaped(reason)}</p>`);
}

/** Sends a browser elsewhere. Characters that a header cannot have are percent-encoded. */
export function redirectTo(url: string): EmulatorResponse {
  const Location = url.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()));
  return { status: 302, headers: { Location, 'Cache-Control': 'no-store' } };
}
