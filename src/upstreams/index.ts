import type { Graph } from '../graph/graph.ts';
import type { Upstream } from '../transport/upstream.ts';
import { huaweiIam } from './huawei-iam/upstream.ts';
import { orderCloud } from './ordercloud/upstream.ts';

/** Every upstream of the gateway. Another one is a folder of its own and a line here. */
export const upstreams: readonly Upstream<Graph>[] = [orderCloud, huaweiIam];
