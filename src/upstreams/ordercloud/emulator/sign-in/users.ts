import { BUYER } from '../api-clients.ts';

/** Most users, and most identities that are linked to them. */
const MAX_USERS = 1000;

/** A buyer user, with what responses show of it. */
export interface User {
  readonly ID: string;
  readonly CompanyID: string;
  readonly Username: string;
  readonly FirstName: string;
  readonly LastName: string;
  readonly Email: string;
  readonly Active: boolean;
  readonly AvailableRoles: readonly string[];
}

/** Who exists from the start. */
export const EXISTING_USER = 'ada@example.com';

/** Somebody as a provider knows them. By what the platform tells providers apart is not documented; a configuration has no issuer. */
export interface Identity {
  readonly configurationId: string;
  readonly subject: string;
}

/** Users, and which identity of a provider belongs to which of them. */
export class Users {
  readonly #byName = new Map<string, User>();
  readonly #links = new Map<string, string>();

  constructor() {
    this.named(EXISTING_USER);
  }

  /** The user with this user name or ID, which are the same here. */
  find(name: string): User | undefined {
    return this.#byName.get(name);
  }

  /** The user with this user name, new if there is none. */
  named(name: string): User {
    const user = this.find(name) ?? {
      ID: name,
      CompanyID: BUYER,
      Username: name,
      FirstName: 'Example',
      LastName: 'User',
      Email: name,
      Active: true,
      AvailableRoles: ['Shopper', 'MeAdmin'],
    };
    put(this.#byName, name, user);
    return user;
  }

  linkedTo(identity: Identity): User | undefined {
    const name = this.#links.get(keyOf(identity));
    return name === undefined ? undefined : this.find(name);
  }

  link(identity: Identity, { Username }: User): void {
    put(this.#links, keyOf(identity), Username);
  }
}

function keyOf({ configurationId, subject }: Identity): string {
  return JSON.stringify([configurationId, subject]);
}

/** Forgets the oldest if there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size >= MAX_USERS && !map.has(key)) map.delete(oldest);
  map.set(key, value);
}
