import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../setup/command.ts';

/** Names of the images that `bases.ts` makes. */
export const BUILD_BASE = 'localhost/build-base';
export const BASE = 'localhost/base';
/** Holds the network of a pod. By default, podman would make an image of a program that may not be installed. */
export const PAUSE = 'localhost/pause';
export const REDIS = 'localhost/redis';

/** Images and containers in a folder of their own: nothing of the machine's is seen or changed. */
export interface Storage {
  readonly folder: string;
  readonly buildah: (...args: readonly string[]) => Promise<string>;
  readonly podman: (...args: readonly string[]) => Promise<string>;
  /**
   * Runs commands of a page with a shell in this folder. `docker` is buildah or podman, with this storage.
   * @param environment variables of the commands; `BUILD_OPTIONS` has options for `docker build`
   */
  readonly shell: (
    commands: string,
    folder: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<string>;
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
  // Without systemd, which would manage control groups and time health checks.
  const options = [
    ...storage,
    ...['--runtime=runc', '--cgroup-manager=cgroupfs', '--events-backend=file'],
  ];
  const podman = (...args: readonly string[]) =>
    run('podman', [...options, ...args], '', environment);
  const programs = join(folder, 'programs');
  return {
    folder,
    podman,
    buildah: (...args) => run('buildah', [...storage, ...args], '', environment),
    shell: (commands, cwd, variables = {}) => {
      mkdirSync(programs, { recursive: true });
      const program = (name: string, script: string) => {
        writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      };
      const command = `/usr/bin/podman ${options.join(' ')}`;
      program('podman', `exec ${command} "$@"`);
      // podman-compose 1.0.3 gives each container its default network, also one that joins another container's.
      program(
        'podman-of-compose',
        `case " $* " in
*' --network container:'*)
  for argument; do
    shift
    case "$argument" in
    --net | --network-alias) skip=yes ;;
    *) [ -n "\${skip:-}" ] || set -- "$@" "$argument"; skip= ;;
    esac
  done ;;
esac
exec ${command} "$@"`,
      );
      program(
        'docker',
        `case "$1" in
build) shift; exec buildah ${storage.join(' ')} bud --isolation=chroot --format=docker $BUILD_OPTIONS "$@" ;;
compose) shift; exec podman-compose --podman-path=${programs}/podman-of-compose "$@" ;;
*) exec ${command} "$@" ;;
esac`,
      );
      const path = `${programs}:${process.env['PATH'] ?? ''}`;
      return run('sh', ['-euc', `cd '${cwd}'\n${commands}`], '', {
        ...environment,
        ...variables,
        PATH: path,
      });
    },
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
