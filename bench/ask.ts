import { ClientConnection } from './client-connection.ts';
import { faultOf } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';

/** Sends one request on a connection of its own. @returns what is wrong with the answer, or why there is none; null where it is right */
export function ask(port: number, template: RequestTemplate): Promise<string | null> {
  return new Promise((resolve) => {
    const connection = new ClientConnection(
      port,
      template,
      ({ message, digits }) => {
        resolve(faultOf(message, template.answer, digits));
        connection.end();
      },
      (error) => {
        resolve(error?.message ?? null);
      },
    );
    connection.send();
  });
}
