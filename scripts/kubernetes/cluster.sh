#!/bin/bash
# One Kubernetes cluster for tests: cluster.sh up | down | import ARCHIVE | reach PORT. Called by scripts/setup/kubernetes.mjs.
# Environment: LAB a folder of its own, ROOT the unpacked packages, BINARY all components of Kubernetes, PORT of the API on
# this machine's loopback, NODE=1 for a node.
# Everything runs in network, mount and process namespaces of its own; this machine sees one port, through a socket. So nothing
# clashes, no pod's traffic leaves, and `down` ends one process: the kernel removes processes, mounts, bridges and links.
set -euo pipefail
: "${LAB:?}" "${ROOT:?}" "${BINARY:?}" "${PORT:=16443}" "${NODE:=0}"
SELF=$(readlink -f "$0"); RUN=$LAB/run; B=$BINARY; R=$ROOT; NIP=10.200.0.1
export PATH="$R/usr/bin:$R/usr/sbin:$R/sbin:$PATH" LD_LIBRARY_PATH="$R/usr/lib/x86_64-linux-gnu:$R/lib/x86_64-linux-gnu"
CGS="cpu cpuacct cpuset memory devices freezer blkio pids systemd"

kc() { # NAME TOKEN SERVER
cat > $RUN/$1.kubeconfig <<Y
apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "$3", certificate-authority: $RUN/pki/ca.crt}}]
users: [{name: $1, user: {token: $2}}]
contexts: [{name: lab, context: {cluster: lab, user: $1}}]
current-context: lab
Y
}
inner() { # runs as pid 1 of its own net+mount+pid namespaces
  ip link set lo up
  ip link add node0 type bridge && ip addr add $NIP/24 dev node0 && ip link set node0 up
  ip route add default dev node0
  mkdir -p /tmp/hostpath_pv $RUN/hp; mount --bind $RUN/hp /tmp/hostpath_pv; mount --make-rshared /
  nice $B etcd --data-dir $RUN/etcd --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380 --log-level warn >$RUN/etcd.log 2>&1 &
  nice $B kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port=6443 --advertise-address=$NIP \
    --tls-cert-file=$RUN/pki/ca.crt --tls-private-key-file=$RUN/pki/ca.key --token-auth-file=$RUN/pki/tokens.csv --authorization-mode=Node,RBAC \
    --service-account-issuer=https://lab --service-account-key-file=$RUN/pki/sa.pub --service-account-signing-key-file=$RUN/pki/sa.key \
    --service-cluster-ip-range=10.96.0.0/24 --allow-privileged=true --kubelet-preferred-address-types=InternalIP --profiling=false \
    ${APISERVER_EXTRA:-} >$RUN/apiserver.log 2>&1 &
  socat UNIX-LISTEN:$RUN/api.sock,fork TCP:127.0.0.1:6443 &
  nice $B kube-controller-manager --kubeconfig=$RUN/admin-in.kubeconfig --leader-elect=false --bind-address=127.0.0.1 --service-account-private-key-file=$RUN/pki/sa.key \
    --root-ca-file=$RUN/pki/ca.crt --enable-hostpath-provisioner=true --node-monitor-grace-period=20s >$RUN/kcm.log 2>&1 &
  nice $B kube-scheduler --kubeconfig=$RUN/admin-in.kubeconfig --leader-elect=false --bind-address=127.0.0.1 >$RUN/scheduler.log 2>&1 &
  if [ "$NODE" = 1 ]; then
    mkdir -p /var/lib/kubelet /var/log/containers $RUN/vlk $RUN/vlc
    mount --bind $RUN/vlk /var/lib/kubelet; mount --bind $RUN/vlc /var/log/containers
    mount --make-rshared /
    nice $R/usr/bin/containerd --config $RUN/containerd.toml >$RUN/containerd.log 2>&1 &
    for i in $(seq 150); do ctr -a $RUN/ctd.sock version >/dev/null 2>&1 && break; sleep .1; done
    nice $B kubelet --config=$RUN/kubelet.yaml --kubeconfig=$RUN/node-in.kubeconfig --root-dir=$RUN/kubelet --cert-dir=$RUN/kubelet-pki --hostname-override=node1 --node-ip=$NIP >$RUN/kubelet.log 2>&1 &
  fi
  while :; do wait -n || true; sleep 1; done
}
up() {
  [ -e $RUN/up.pid ] && { echo "already up?"; exit 1; }
  mkdir -p $RUN/pki; cd $RUN
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=lab -keyout pki/ca.key -out pki/ca.crt \
    -addext "subjectAltName=IP:127.0.0.1,IP:$NIP,IP:10.96.0.1,DNS:kubernetes.default.svc" 2>/dev/null
  openssl ecparam -name prime256v1 -genkey -noout -out pki/sa.key; openssl ec -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
  A=$(openssl rand -hex 16) N=$(openssl rand -hex 16) D=$(openssl rand -hex 16)
  printf '%s,admin,1,"system:masters"\n%s,system:node:node1,2,"system:nodes"\n%s,deployer,3,"deployers"\n' $A $N $D > pki/tokens.csv
  kc admin $A https://127.0.0.1:$PORT; kc deployer $D https://127.0.0.1:$PORT; kc admin-in $A https://127.0.0.1:6443; kc node-in $N https://127.0.0.1:6443
  if [ "$NODE" = 1 ]; then
    for c in $CGS; do d=/sys/fs/cgroup/$c; [ -d $d ] || continue; mkdir -p $d/kubelab; [ $c = cpuset ] && { cat $d/cpuset.cpus > $d/kubelab/cpuset.cpus; cat $d/cpuset.mems > $d/kubelab/cpuset.mems; }; done
    mkdir -p cni/net.d
    cat > cni/net.d/10-lab.conflist <<J
{"cniVersion":"1.0.0","name":"lab","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":false,"hairpinMode":true,
 "ipam":{"type":"host-local","dataDir":"$RUN/cni/ipam","ranges":[[{"subnet":"10.244.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}
J
    cat > containerd.toml <<T
version = 2
root = "$RUN/ctd/root"
state = "$RUN/ctd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs","io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper","io.containerd.internal.v1.opt"]
[grpc]
  address = "$RUN/ctd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "lab.local/pause:1"
  disable_tcp_service = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$R/usr/lib/cni"
    conf_dir = "$RUN/cni/net.d"
T
    cat > kubelet.yaml <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NIP
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$RUN/ctd.sock
cgroupDriver: cgroupfs
cgroupRoot: /kubelab
enforceNodeAllocatable: [none]
failSwapOn: false
failCgroupV1: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%"}
nodeStatusUpdateFrequency: 5s
podLogsDir: $RUN/podlogs
volumePluginDir: $RUN/volplugins
resolvConf: ""
clusterDNS: [10.96.0.10]
Y
  fi
  setsid unshare -n -m -p --fork --kill-child --mount-proc --propagation private bash $SELF inner >$RUN/inner.log 2>&1 </dev/null &
  echo $! > $RUN/up.pid
  setsid socat TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:$RUN/api.sock >/dev/null 2>&1 </dev/null & echo $! > $RUN/relay.pid
  if [ "$NODE" = 1 ]; then
    for i in $(seq 150); do [ -S $RUN/ctd.sock ] && break; sleep .2; done
    for t in $LAB/images/*.tar; do ctr -a $RUN/ctd.sock -n k8s.io images import $t >>$RUN/import.log 2>&1; done
  fi
  for i in $(seq 300); do curl -fsS --cacert $RUN/pki/ca.crt -H "Authorization: Bearer $A" https://127.0.0.1:$PORT/readyz >/dev/null 2>&1 && { echo ready; return; }; sleep .2; done
  echo "not ready"; return 1
}
down() {
  local u=$(cat $RUN/up.pid) r=$(cat $RUN/relay.pid)
  kill $r $(cat $RUN/reach.pids 2>/dev/null) 2>/dev/null || true; kill -KILL $u 2>/dev/null || true     # --kill-child ends pid 1 of the namespace, and the kernel everything in it, mounts and links included
  for i in $(seq 50); do kill -0 $u 2>/dev/null || break; sleep .1; done; sleep .3
  for c in $CGS unified .; do [ -d /sys/fs/cgroup/$c/kubelab ] && find /sys/fs/cgroup/$c/kubelab -depth -type d -exec rmdir {} + ; done 2>/dev/null || true
  rm -rf $RUN; rmdir /var/lib/kubelet /var/log/containers /tmp/hostpath_pv 2>/dev/null || true
}
# The process that is pid 1 inside.
first() { cat /proc/$(cat $RUN/up.pid)/task/*/children | awk '{print $1}' | head -1; }
# import ARCHIVE: takes a docker archive into the node.
import() { ctr -a $RUN/ctd.sock -n k8s.io images import "$1" >>$RUN/import.log 2>&1; }
# reach PORT: pods find this machine's 127.0.0.1:PORT at $NIP:PORT.
reach() {
  setsid socat UNIX-LISTEN:$RUN/reach-$1.sock,fork TCP:127.0.0.1:$1 >/dev/null 2>&1 </dev/null &
  echo $! >> $RUN/reach.pids
  nsenter -t $(first) -n setsid socat TCP-LISTEN:$1,bind=$NIP,fork,reuseaddr UNIX-CONNECT:$RUN/reach-$1.sock >/dev/null 2>&1 </dev/null &
  echo $! >> $RUN/reach.pids
}
# names FILE: pods find the names of a JSON file of name and address.
names() {
  nsenter -t $(first) -n ip address add 10.96.0.10/32 dev lo
  nsenter -t $(first) -n setsid $NODE_BINARY $(dirname $SELF)/names.mjs 10.96.0.10 $1 >$RUN/names.log 2>&1 </dev/null &
  echo $! >> $RUN/reach.pids
}
c=$1; shift; $c "$@"
