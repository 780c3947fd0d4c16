// The image of a task: the one it names, pulled where it is not there, or one built from this package.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type Docker from 'dockerode';
import {fail, isSyncError} from '../../runtime/base/errors.ts';
import {askUnless, problemOf} from './dockerDaemon.ts';
import {packApp, packNode} from './imageContext.ts';

/** Id of image `name`, or null when the daemon has none. */
export async function imageIdOf(docker: Docker, name: string): Promise<string | null> {
  const found = await askUnless([404], null, 'the look at an image', () =>
    docker.getImage(name).inspect(),
  );
  return found?.Id ?? null;
}

/** The name of an image that the daemon has now: `image`, or this package's. Raises SYNC7014. */
export async function bringImage(docker: Docker, image: string | null): Promise<string> {
  if (image === null) return await buildImage(docker);
  if ((await imageIdOf(docker, image)) === null) await pull(docker, image);
  return image;
}

async function pull(docker: Docker, image: string): Promise<void> {
  try {
    await followed(docker, await docker.pull(image));
  } catch (error) {
    throw fail('SYNC7014', {image, problem: problemOf(error)}, error);
  }
}

/** Builds this package's image, unless the daemon has the same one already; its name. */
async function buildImage(docker: Docker): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-image-'));
  try {
    const image = `pulumi-synctask:${packApp(dir)}`;
    if ((await imageIdOf(docker, image)) !== null) return image;
    packNode(dir);
    const context = {context: dir, src: ['.']};
    await followed(docker, await docker.buildImage(context, {t: image, forcerm: true}));
    return image;
  } catch (error) {
    if (isSyncError(error)) throw error;
    throw fail('SYNC7014', {image: 'pulumi-synctask', problem: problemOf(error)}, error);
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}

/** The end of a pull or a build; an error inside the stream is thrown. */
function followed(docker: Docker, progress: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error, steps: {error?: string}[] | null) => {
      const told = steps?.find(step => step.error !== undefined)?.error;
      if (error) reject(error);
      else if (told !== undefined) reject(new Error(told));
      else resolve();
    });
  });
}
