// The load pods of a task as an Indexed Job: they take chunks of the full load from the task's own pod and end when it is over.
// They carry other labels than that pod, or its set, service and budget would take them for theirs.
import {secretsFolder, taskFileName, taskMount} from './container.ts';
import type {KubernetesSpec, Manifest} from './manifests.ts';

/** Where the task's pod listens for load pods. */
export const loadPort = 8081;
/** The variable of the token that both sides know; each deployment makes one. */
export const loadTokenName = 'SYNCTASK_LOAD_TOKEN';
/** Pods may be moved, crash and be deleted as often as they like: the load is what counts. */
const failuresMax = 10_000;

/** What a load pod has of its task. */
export interface LoadJobParts {
  head: Manifest;
  /** DNS name of the task's pod. */
  conductor: string;
  /** Security, image secrets and volumes, as the task's own pod has them. */
  pod: object;
  container: {volumeMounts: object[]; securityContext: object; resources: object};
}

/** Labels that tell load pods from the task's own. */
export function loadLabels(labels: Record<string, string>): Record<string, string> {
  const instance = labels['app.kubernetes.io/instance'];
  return {
    ...labels,
    'app.kubernetes.io/instance': `${instance}-load`,
    'app.kubernetes.io/component': 'load',
  };
}

/** The Job with `pods` pods. */
export function loadJob(spec: KubernetesSpec, pods: number, parts: LoadJobParts): Manifest {
  const {head, conductor, pod, container} = parts;
  const labels = loadLabels(head.metadata.labels ?? {});
  const {annotations = {}} = head.metadata;
  const secrets = ['--secrets', `${taskMount}/${secretsFolder}`];
  return {
    ...head,
    metadata: {...head.metadata, name: `${head.metadata.name}-load`, labels},
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism: pods,
      backoffLimit: failuresMax,
      template: {
        metadata: {labels, annotations},
        spec: {
          ...pod,
          // Nothing of a load pod is worth waiting for.
          terminationGracePeriodSeconds: 1,
          restartPolicy: 'OnFailure',
          containers: [
            {
              name: 'load',
              image: spec.image,
              args: [
                ['load-pod', `${taskMount}/${taskFileName}`, ...secrets],
                ['--conductor', `${conductor}:${loadPort}`, '--pods', String(pods)],
              ].flat(),
              terminationMessagePolicy: 'FallbackToLogsOnError',
              ...container,
            },
          ],
        },
      },
    },
  };
}
