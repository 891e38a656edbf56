import { describe } from 'vitest';
import { describeRouter, describeUnmaskedRouter } from './setup/router-suite.ts';
import { startApolloGateway, startUnmaskedApolloGateway } from './setup/routers.ts';

/* The assertions are in the suites, which every router goes through alike. */

describe('Apollo Gateway', () => {
  describeRouter(startApolloGateway);
});
describe('Apollo Gateway without error masking', () => {
  describeUnmaskedRouter(startUnmaskedApolloGateway);
});
