import { gzipSync } from 'node:zlib';
import type { Exchange } from './exchange.ts';
import type { UpstreamRequest } from './history.ts';
import type { Random } from './random.ts';

/** Something that goes wrong with a request, or with its response. */
export interface Fault {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** What it can happen to. */
  readonly to: 'any' | 'write' | 'delete';
  /** Whether it strikes before the body of the request has been read. */
  readonly isEarly?: boolean;
  readonly strike: (exchange: Exchange) => void;
}

const PAGE =
  '<html><head><title>Service unavailable</title></head><body>The proxy has no backend.</body></html>';
const HTML = { 'content-type': 'text/html' };
const JSON_TYPE = { 'content-type': 'application/json' };

const page = (
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
) => {
  exchange.mislead(status, PAGE, { ...HTML, ...headers });
};
const inOwnWords = (exchange: Exchange) => {
  const { status, body } = exchange.scene.model.refusals.failed;
  exchange.mislead(status, JSON.stringify(body), JSON_TYPE);
};
/** The true response as text, with the status line and headers as given. */
const whole = (exchange: Exchange, lengthOf: (body: string) => number, cut = 1) => {
  const { status, body } = exchange.apply();
  const text = body === undefined ? '' : JSON.stringify(body);
  exchange.request.status = status;
  // Has no body, regardless of its announced length.
  if (status === 204) exchange.tellTruth();
  return `HTTP/1.1 ${status} Some\r\nContent-Type: application/json\r\nContent-Length: ${lengthOf(text)}\r\n\r\n${text.slice(0, Math.floor(text.length * cut))}`;
};
/** Within the deadline, and beyond it, in milliseconds. */
const below = ({ random, scene }: Exchange) => random.between(0.05, 0.4) * scene.timeoutMs;
const above = ({ random, scene }: Exchange) => random.between(1.05, 1.8) * scene.timeoutMs;
/** A late application: some while after the connection broke. */
const late = (exchange: Exchange) => {
  exchange.after(exchange.random.between(20, 1.3 * exchange.scene.timeoutMs), () =>
    exchange.apply(),
  );
};

/** The fault by which the next request on the connection may get another one's response. */
export const UNSOLICITED = 'a second response that nobody asked for';

/** Every fault, but for those of whole upstreams: black holes and refused connections. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'applied, then reset',
    weight: 5,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.reset();
    },
  },
  {
    name: 'applied, then closed',
    weight: 3,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.close();
    },
  },
  {
    name: 'reset, not applied',
    weight: 4,
    to: 'any',
    strike: (x) => {
      x.reset();
    },
  },
  {
    name: 'reset before the body is read',
    weight: 2,
    to: 'write',
    isEarly: true,
    strike: (x) => {
      x.reset();
    },
  },
  {
    name: 'applied, then a 503 page',
    weight: 3,
    to: 'write',
    strike: (x) => {
      x.apply();
      page(x, 503);
    },
  },
  {
    name: 'applied, then a 503 page with Retry-After',
    weight: 4,
    to: 'write',
    strike: (x) => {
      x.apply();
      page(x, 503, { 'retry-after': '1' });
    },
  },
  {
    name: '503 page, not applied',
    weight: 3,
    to: 'any',
    strike: (x) => {
      page(x, 503);
    },
  },
  {
    name: '503 page, applied later',
    weight: 2,
    to: 'write',
    strike: (x) => {
      page(x, 503);
      late(x);
    },
  },
  {
    name: 'offline in its own words',
    weight: 3,
    to: 'any',
    strike: (x) => {
      const { offline, throttled } = x.scene.model.refusals;
      x.refuse(offline ?? throttled);
    },
  },
  {
    name: 'applied, then a 502 page',
    weight: 2,
    to: 'write',
    strike: (x) => {
      x.apply();
      page(x, 502);
    },
  },
  {
    name: '502 page, not applied',
    weight: 2,
    to: 'any',
    strike: (x) => {
      page(x, 502);
    },
  },
  {
    name: 'applied, then a 504 page',
    weight: 2,
    to: 'write',
    strike: (x) => {
      x.apply();
      page(x, 504);
    },
  },
  {
    name: '504 page, not applied',
    weight: 2,
    to: 'any',
    strike: (x) => {
      page(x, 504);
    },
  },
  {
    name: 'applied, then a 500 in its own words',
    weight: 2,
    to: 'write',
    strike: (x) => {
      x.apply();
      inOwnWords(x);
    },
  },
  {
    name: '500 in its own words, not applied',
    weight: 2,
    to: 'any',
    strike: (x) => {
      inOwnWords(x);
    },
  },
  {
    name: '408, applied',
    weight: 1,
    to: 'write',
    strike: (x) => {
      x.apply();
      page(x, 408);
    },
  },
  {
    name: '429',
    weight: 2,
    to: 'any',
    strike: (x) => {
      x.refuse(x.scene.model.refusals.throttled);
    },
  },
  {
    name: '429 with Retry-After',
    weight: 2,
    to: 'any',
    strike: (x) => {
      x.refuse(x.scene.model.refusals.throttled, {
        'retry-after': x.random.pick(['1', '2', '60']),
      });
    },
  },
  {
    name: '401 once',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.refuse(x.scene.model.refusals.expired);
    },
  },
  {
    name: '400 that repeats what was sent',
    weight: 1,
    to: 'write',
    strike: (x) => {
      x.refuse(x.scene.model.refusals.echoing(x.body));
    },
  },
  {
    name: 'slow, within the deadline',
    weight: 4,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.after(below(x), () => {
        x.deliver();
      });
    },
  },
  {
    name: 'slow to apply, within the deadline',
    weight: 3,
    to: 'write',
    strike: (x) => {
      x.after(below(x), () => {
        x.deliver();
      });
    },
  },
  {
    name: 'applied, response after the deadline',
    weight: 1,
    to: 'write',
    strike: (x) => {
      x.apply();
      x.after(above(x), () => {
        page(x, 504);
      });
    },
  },
  {
    name: 'no response, not applied',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.hang();
    },
  },
  {
    name: 'applied after the deadline',
    weight: 1,
    to: 'write',
    strike: (x) => {
      x.hang();
      x.after(above(x), () => x.apply());
    },
  },
  {
    name: 'reset, applied later',
    weight: 2,
    to: 'write',
    strike: (x) => {
      x.reset();
      late(x);
    },
  },
  {
    name: 'half a body, then reset',
    weight: 2,
    to: 'any',
    strike: (x) => {
      x.mutter(whole(x, (body) => body.length + 1, 0.5));
      x.after(5, () => {
        x.reset();
      });
    },
  },
  {
    name: 'content-length too long',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.blurt(whole(x, (body) => body.length + 20));
    },
  },
  {
    name: 'content-length too short',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.blurt(whole(x, (body) => Math.max(0, body.length - 20)));
    },
  },
  {
    name: 'garbage with status 200',
    weight: 2,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.mislead(200, x.random.pick([PAGE, '{"ID": ', 'null', '[]', '"done"']), JSON_TYPE);
    },
  },
  {
    name: 'empty with status 200',
    weight: 2,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.mislead(200, '', JSON_TYPE);
    },
  },
  {
    name: 'about another object',
    weight: 4,
    to: 'any',
    strike: (x) => {
      mixUp(x);
    },
  },
  {
    name: UNSOLICITED,
    weight: 3,
    to: 'any',
    strike: (x) => {
      unsolicited(x);
    },
  },
  {
    name: 'a drip of bytes',
    weight: 1,
    to: 'any',
    strike: (x) => {
      drip(x);
    },
  },
  {
    name: 'gzip cut short',
    weight: 1,
    to: 'any',
    strike: (x) => {
      compressedAndCut(x);
    },
  },
  {
    name: 'headers too large',
    weight: 1,
    to: 'any',
    strike: (x) => {
      const { status } = x.apply();
      x.blurt(
        `HTTP/1.1 ${status} Some\r\nX-Padding: ${'x'.repeat(80 * 1024)}\r\nContent-Length: 0\r\n\r\n`,
      );
    },
  },
  {
    name: 'no HTTP',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.apply();
      x.blurt('SSH-2.0-OpenSSH_9.6\r\n');
    },
  },
  {
    name: '100 Continue that nobody asked for',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.mutter('HTTP/1.1 100 Continue\r\n\r\n');
      x.deliver();
      x.request.truth = 'doubtful';
    },
  },
  {
    name: 'redirect',
    weight: 1,
    to: 'any',
    strike: (x) => {
      x.mislead(307, null, { location: 'http://127.0.0.1:9/elsewhere' });
    },
  },
  {
    name: '200 to a deletion that was not done',
    weight: 4,
    to: 'delete',
    strike: (x) => {
      x.mislead(200, PAGE, HTML);
    },
  },
  {
    name: '202 to a deletion, done later',
    weight: 4,
    to: 'delete',
    strike: (x) => {
      x.mislead(202, null);
      late(x);
    },
  },
];

/** How often something goes wrong, as shares of the requests. */
export interface FaultShares {
  readonly writes: number;
  readonly reads: number;
}

/** Draws what goes wrong with a request, null for nothing. */
export function drawFault(
  shares: FaultShares,
  { isWrite, method }: Pick<UpstreamRequest, 'isWrite' | 'method'>,
  random: Random,
): Fault | null {
  if (!random.chance(isWrite ? shares.writes : shares.reads)) return null;
  return random.weighted(
    FAULTS.filter(
      ({ to }) =>
        to === 'any' || (isWrite && to === 'write') || (method === 'DELETE' && to === 'delete'),
    ),
  );
}

/** Another object's response; if the response names none, the true one. */
function mixUp(exchange: Exchange): void {
  const { status, body } = exchange.apply();
  const other = status < 300 ? exchange.scene.model.mixUp(body) : null;
  if (other === null) exchange.deliver();
  else exchange.mislead(status, JSON.stringify(other), JSON_TYPE);
}

/** The true response, and soon one more, which the next request on the connection may take for its own. */
function unsolicited(exchange: Exchange): void {
  exchange.deliver();
  const text = JSON.stringify(exchange.scene.model.unsolicited);
  const bytes = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  exchange.after(exchange.random.between(0, 40), () => {
    exchange.mutter(bytes);
  });
}

/** Byte by byte, until it is whole or the deadline has passed. */
function drip(exchange: Exchange): void {
  const bytes = whole(exchange, (body) => body.length);
  const pause = (exchange.random.between(0.5, 1.6) * exchange.scene.timeoutMs) / 20;
  const size = Math.ceil(bytes.length / 20);
  for (let index = 0; index < 20; index += 1) {
    exchange.after(index * pause, () => {
      const piece = bytes.slice(index * size, (index + 1) * size);
      if (index === 19) exchange.tellTruth();
      if (index === 19) exchange.blurt(piece);
      else exchange.mutter(piece);
    });
  }
}

function compressedAndCut(exchange: Exchange): void {
  const { status, body } = exchange.apply();
  if (body === undefined) {
    exchange.deliver();
    return;
  }
  const bytes = gzipSync(JSON.stringify(body));
  exchange.mislead(status, bytes.subarray(0, bytes.length >> 1), {
    ...JSON_TYPE,
    'content-encoding': 'gzip',
  });
}
