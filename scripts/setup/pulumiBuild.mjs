// Builds the Pulumi CLI and its Node language host from public Go modules, for machines that reach a module proxy but
// not Pulumi's download servers.
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {cacheDir, makeFolder, withLock} from './cache.mjs';
import {run, versionAtLeast, which} from './command.mjs';
import {step} from './progress.mjs';

/** The CLI's own go.mod asks for it. */
export const goMin = [1, 25];

/**
 * The Node host left the SDK's Go module after this version; it serves today's SDK still. Later ones are modules that
 * no proxy serves.
 */
const languageHostVersion = '3.65.0';

/**
 * Builds both programs into `place` and gives the CLI's path.
 * @param {string} version
 * @param {string} place
 */
export async function buildPulumi(version, place) {
  const go = which('go');
  if (go === null) throw new Error('no go on PATH');
  const goVersion = await run([go, 'version']);
  if (!versionAtLeast(goVersion, goMin)) throw new Error(`too old: ${goVersion.trim()}`);
  mkdirSync(dirname(place), {recursive: true});
  return withLock('pulumi', async () => {
    const pulumi = join(place, 'pulumi');
    if (existsSync(pulumi)) return pulumi;
    await makeFolder(place, draft =>
      step('building the Pulumi CLI once, about 5 minutes', () => build(go, version, draft)),
    );
    return pulumi;
  });
}

/** Hosts of other languages, for their tests alone: the module that has each, and its program. */
const hosts = {
  yaml: {
    require: 'github.com/pulumi/pulumi-yaml v1.32.0',
    program: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
  },
  python: {
    require: `github.com/pulumi/pulumi/sdk/v3 v${languageHostVersion}`,
    program: 'github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python',
  },
};

/**
 * The folder with the host of `language`, built if need be.
 * @param {keyof typeof hosts} language
 * @returns {Promise<string>}
 */
export async function bringLanguageHost(language) {
  const found = which(`pulumi-language-${language}`);
  if (found !== null) return dirname(found);
  const go = which('go');
  if (go === null) throw new Error(`pulumi-language-${language} and go are not on PATH`);
  const place = join(cacheDir, `pulumi-language-${language}`);
  const {program, ...rest} = hosts[language];
  return withLock(`pulumi-language-${language}`, async () => {
    if (existsSync(place)) return place;
    await makeFolder(place, draft =>
      step(`building the ${language} host of Pulumi once, a minute or two`, () =>
        buildOne(go, join(draft, `pulumi-language-${language}`), {
          ...rest,
          program,
          ldflags: '-s -w',
        }),
      ),
    );
    return place;
  });
}

/** @param {string} go @param {string} version @param {string} out */
async function build(go, version, out) {
  const flag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
  await buildOne(go, join(out, 'pulumi'), {
    require: `github.com/pulumi/pulumi/pkg/v3 v${version}`,
    program: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    ldflags: `-s -w ${flag}`,
  });
  await buildOne(go, join(out, 'pulumi-language-nodejs'), {
    require: `github.com/pulumi/pulumi/sdk/v3 v${languageHostVersion}`,
    program: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    ldflags: '-s -w',
  });
}

/**
 * `go install pkg@version` asks the proxy for a list of versions, which not every proxy gives; a module of two files
 * that requires the package does not.
 * @param {string} go
 * @param {string} out
 * @param {{require: string, program: string, ldflags: string}} what
 */
async function buildOne(go, out, what) {
  const dir = join(cacheDir, 'build', `pulumi-${process.pid}`);
  rmSync(dir, {recursive: true, force: true});
  mkdirSync(dir, {recursive: true});
  try {
    writeFileSync(
      join(dir, 'go.mod'),
      `module build\n\ngo ${goMin.join('.')}.0\n\nrequire ${what.require}\n`,
    );
    writeFileSync(
      join(dir, 'tools.go'),
      `//go:build tools\n\npackage build\n\nimport _ "${what.program}"\n`,
    );
    await run([go, 'build', '-trimpath', '-ldflags', what.ldflags, '-o', out, what.program], {
      cwd: dir,
      env: {...process.env, GOFLAGS: '-mod=mod'},
    });
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}
