import type { Warning } from '../../domain/warnings.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import type { TypeOf } from '../builder.ts';
import type { Success } from './success.ts';

/** What the root fields of a kind of object, and the edges that lead to it, have in common. */
export interface Resource<Settings, Stored, View, Key extends string> {
  /** The noun from which all names in the schema are made, e.g. `OpenIdConnect`. */
  readonly noun: string;
  /** The noun in descriptions, e.g. `configuration`. */
  readonly label: string;
  /** Name of the field that identifies an object. */
  readonly key: Key;
  readonly aboutKey: string;
  readonly type: TypeOf<View>;
  /** Description of the object in a success. */
  readonly about: string;
  readonly open: OpenSession<Settings>;
  /** Turns an object that was just read or written into what its type shows. */
  readonly viewOf: (stored: Stored, session: Session<Settings>) => View;
  /** Warnings about a stored object. */
  readonly warnings: (stored: Stored) => Iterable<Warning>;
}

/** The success of a field that returns one object. */
export interface Found<View> extends Success {
  readonly object: View;
}

/** The name of fields that return an object, made from its noun. */
export function fieldNameOf({ noun }: Pick<Resource<never, never, never, string>, 'noun'>): string {
  return `${noun.charAt(0).toLowerCase()}${noun.slice(1)}`;
}
