import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../setup/command.ts';

/** Names of the images that `bases.ts` makes. */
export const BUILD_BASE = 'localhost/build-base';
export const BASE = 'localhost/base';
/** Holds the network of a pod. By default, podman would make an image of a program that may not be installed. */
export const PAUSE = 'localhost/pause';

/** Images and containers in a folder of their own: nothing of the machine's is seen or changed. */
export interface Storage {
  readonly folder: string;
  readonly buildah: (...args: readonly string[]) => Promise<string>;
  readonly podman: (...args: readonly string[]) => Promise<string>;
  /** The address at which containers reach this machine. */
  readonly gateway: () => Promise<string>;
  /** How skopeo names an image in it. */
  readonly reference: (image: string) => string;
  /** Ends all containers, and removes the folder. */
  readonly remove: () => Promise<void>;
}

/** @param folder where the images and containers are; it is created if it does not exist */
export function openStorage(folder: string): Storage {
  const [root, runroot] = [join(folder, 'storage'), join(folder, 'run')];
  const conf = join(folder, 'containers.conf');
  mkdirSync(folder, { recursive: true });
  // The defaults are higher than what a container, in which this may run, allows.
  writeFileSync(
    conf,
    `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
infra_image = "${PAUSE}"
`,
  );
  const environment = { CONTAINERS_CONF: conf };
  const storage = ['--root', root, '--runroot', runroot];
  const podman = (...args: readonly string[]) =>
    // Without systemd, which would manage control groups and time health checks.
    run(
      'podman',
      [...storage, '--runtime=runc', '--cgroup-manager=cgroupfs', '--events-backend=file', ...args],
      '',
      environment,
    );
  return {
    folder,
    podman,
    buildah: (...args) => run('buildah', [...storage, ...args], '', environment),
    gateway: async () => {
      const [network] = JSON.parse(await podman('network', 'inspect', 'podman')) as [
        { readonly subnets: readonly [{ readonly gateway: string }] },
      ];
      return network.subnets[0].gateway;
    },
    reference: (image) => `containers-storage:[overlay@${root}+${runroot}]${image}`,
    remove: async () => {
      await podman('pod', 'rm', '--all', '--force', '--time=0');
      await podman('rm', '--all', '--force', '--time=0');
      // Mounted on itself by the storage.
      await run('umount', ['--recursive', join(root, 'overlay')]).catch(() => undefined);
      rmSync(folder, { recursive: true });
    },
  };
}
