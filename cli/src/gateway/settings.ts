import { readFileSync } from 'node:fs';
import { CommandError } from '../command-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the gateway is, and what opens it. */
export interface GatewaySettings {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  /** The headers of a request, with the tokens. A token in a file is read for each request, because it may be renewed meanwhile. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** What a person should know; null if there is nothing. */
  readonly warning: string | null;
}

const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';
const URL_VARIABLE = 'OIDC_CONFIG_URL';

/** The variables of the tokens, each with the header that it fills. */
const TOKENS = [
  { variable: 'OIDC_CONFIG_TOKEN', header: 'authorization', scheme: 'Bearer ' },
  { variable: 'OIDC_CONFIG_API_KEY', header: 'x-api-key', scheme: '' },
  { variable: 'ORDERCLOUD_TOKEN', header: 'x-ordercloud-authorization', scheme: 'Bearer ' },
  { variable: 'HUAWEI_TOKEN', header: 'x-auth-token', scheme: '' },
] as const;

/** What a header may have, without spaces around it. */
const TOKEN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/**
 * Reads the address and the tokens. Tokens are never arguments, because every user of a machine can list those.
 * @param url the value of --url, which goes before OIDC_CONFIG_URL
 * @throws CommandError that names the variable, never its value
 */
export function readGatewaySettings(url: string | undefined, env: Environment): GatewaySettings {
  const address = readUrl(url, env);
  if (
    nameOfSet('OIDC_CONFIG_TOKEN', env) !== null &&
    nameOfSet('OIDC_CONFIG_API_KEY', env) !== null
  )
    throw new CommandError('Set either OIDC_CONFIG_TOKEN or OIDC_CONFIG_API_KEY, not both.');
  const headers = () =>
    Object.fromEntries(
      TOKENS.flatMap(({ variable, header, scheme }) => {
        const token = readToken(variable, env);
        return token === null ? [] : [[header, scheme + token] as const];
      }),
    );
  const hasTokens = Object.keys(headers()).length > 0;
  const isOpen = hasTokens && new URL(address).protocol === 'http:' && !isLoopback(address);
  return {
    url: address,
    headers,
    warning: isOpen
      ? `The connection to ${address} is not encrypted, and carries tokens and client secrets. Use https:// unless the network is your own.`
      : null,
  };
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

function readUrl(option: string | undefined, env: Environment): string {
  const source = option === undefined ? URL_VARIABLE : '--url';
  const text = option ?? given(URL_VARIABLE, env) ?? DEFAULT_URL;
  const example = `Give the URL of the gateway's GraphQL endpoint, such as ${DEFAULT_URL}.`;
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new CommandError(`${source} is not a URL. ${example}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new CommandError(`${source} must begin with http:// or https://. ${example}`);
  if (url.username !== '' || url.password !== '')
    throw new CommandError(
      `${source} must not contain a user name or password. Put a token into OIDC_CONFIG_TOKEN, or an API key into OIDC_CONFIG_API_KEY.`,
    );
  // It is shown in messages and is in plans.
  if (url.search !== '')
    throw new CommandError(
      `${source} must not contain a query, because it is shown. Put a token into OIDC_CONFIG_TOKEN, or an API key into OIDC_CONFIG_API_KEY.`,
    );
  url.hash = '';
  return url.href;
}

function readToken(variable: string, env: Environment): string | null {
  const inline = given(variable, env);
  const fileVariable = `${variable}_FILE`;
  const path = given(fileVariable, env);
  if (inline !== undefined && path !== undefined)
    throw new CommandError(`Set either ${variable} or ${fileVariable}, not both.`);
  if (inline === undefined && path === undefined) return null;
  const source = path === undefined ? variable : fileVariable;
  const token = (path === undefined ? (inline ?? '') : readTokenFile(path, fileVariable))
    .trim()
    .replace(/^bearer +/i, '');
  if (!TOKEN.test(token))
    throw new CommandError(
      token === ''
        ? `${source} is empty.`
        : `${source} has characters that a token cannot have, such as a line break. Give the token alone.`,
    );
  return token;
}

function readTokenFile(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CommandError(`The file that ${variable} names cannot be read (${code}): ${path}`);
  }
}

/** The variable that a token comes from: `variable` itself, or the one that names a file; null if neither is set. */
export function nameOfSet(variable: string, env: Environment): string | null {
  return [variable, `${variable}_FILE`].find((name) => given(name, env) !== undefined) ?? null;
}

/** An empty variable counts as not set. */
function given(name: string, env: Environment): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
