import { MockAgent, setGlobalDispatcher } from 'undici';
import { afterAll, beforeAll } from 'vitest';

/** Unit tests reach no host: a request without a mock fails at once. Loopback is for the tests of sockets. */
const agent = new MockAgent();

beforeAll(() => {
  agent.disableNetConnect();
  agent.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/);
  setGlobalDispatcher(agent);
});

afterAll(async () => {
  await agent.close();
});
