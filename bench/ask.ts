import { ClientConnection } from './client-connection.ts';
import { problemOf, SLOT } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';

/** From the end: the load generator, in a process of its own, counts from the beginning. */
let nextNumber = 10 ** SLOT.length - 1;

/** Sends one request on a separate connection. @returns what is wrong with the response, or why none came; null if it is correct */
export function ask(port: number, template: RequestTemplate): Promise<string | null> {
  return new Promise((resolve) => {
    const connection = new ClientConnection(
      port,
      template,
      ({ message, digits }) => {
        resolve(problemOf(message, template.response, digits));
        connection.end();
      },
      (error) => {
        resolve(error?.message ?? null);
      },
    );
    connection.send(nextNumber);
    nextNumber -= 1;
  });
}
