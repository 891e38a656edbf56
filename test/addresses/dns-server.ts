import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

/** The addresses of a name at a time; `count` is 1 for the first question about it and this type of record. */
export type Records = (count: number) => readonly string[];

/** A DNS server (RFC 1035) that knows a few names, with A and AAAA records. */
export interface DnsServer {
  /** Records by name, in lower case without a dot at the end. */
  readonly names: Map<string, Records>;
  /** The names that were asked for. */
  readonly asked: Set<string>;
  readonly close: () => void;
}

const [A, AAAA] = [1, 28];

/** @param addresses where it listens, each at port 53 */
export async function startDnsServer(addresses: readonly string[]): Promise<DnsServer> {
  const names = new Map<string, Records>();
  const asked = new Set<string>();
  const counts = new Map<string, number>();
  const respond = (socket: Socket, query: Buffer, port: number, host: string) => {
    const { name, type, end } = questionIn(query);
    asked.add(name);
    const key = `${name} ${type}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const records = names.get(name);
    const answers = (records?.(count) ?? []).filter(
      (address) => isIP(address) === (type === A ? 4 : 6) && (type === A || type === AAAA),
    );
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // A response, recursion available; a name that is not known does not exist.
    header.writeUInt16BE(records === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    const sections = [header, query.subarray(12, end), ...answers.map((one) => record(type, one))];
    socket.send(Buffer.concat(sections), port, host);
  };
  const sockets = await Promise.all(
    addresses.map(async (address) => {
      const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
      socket.on('message', (query, { port, address: host }) => {
        respond(socket, query, port, host);
      });
      await once(socket.bind(53, address), 'listening');
      return socket;
    }),
  );
  return {
    names,
    asked,
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

function questionIn(query: Buffer): {
  readonly name: string;
  readonly type: number;
  readonly end: number;
} {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A record about the name in the question, which may not be kept. */
function record(type: number, address: string): Buffer {
  const bytes = bytesOf(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

/** The bytes of an address, an IPv6 one in the form that `URL` writes. */
function bytesOf(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = '', after] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(before), groups(after ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  const hex = [...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join('');
  return Buffer.from(hex, 'hex');
}
