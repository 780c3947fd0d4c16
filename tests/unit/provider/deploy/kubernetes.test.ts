import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {kubernetesDeployer} from '../../../../provider/deploy/kubernetes.ts';
import {parseDeploy} from '../../../../runtime/places/deploySpec.ts';
import type {KubernetesSpec} from '../../../../runtime/places/manifests.ts';

/** A kubeconfig of a cluster that is not there: nobody listens on port 1. */
const nowhere = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
`;

function specIn(t: ExecutionContext, changes: object): KubernetesSpec {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-kubeconfig-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const kubeconfig = join(dir, 'config');
  writeFileSync(kubeconfig, nowhere);
  return parseDeploy({kind: 'kubernetes', image: 'i:1', kubeconfig, ...changes})
    .deploy as KubernetesSpec;
}

test('a cluster that does not answer, and a kubeconfig that cannot be used, are told', async t => {
  const deployer = kubernetesDeployer('shop', specIn(t, {}));
  await t.throwsAsync(deployer.read(), {message: /SYNC7017/});
  const missing = specIn(t, {kubeconfig: '/nonexistent/config'});
  t.throws(() => kubernetesDeployer('shop', missing), {message: /SYNC7017[^]*cannot be read/});
  const wrong = specIn(t, {context: 'other'});
  t.throws(() => kubernetesDeployer('shop', wrong), {message: /SYNC7017[^]*no context other/});
});
