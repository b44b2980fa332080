#!/usr/bin/env bash
# A Slurm of one node on loopback, with everything it has in one folder; nothing of the system's own Slurm is touched.
#   bash Tests/Support/slurm.sh start FOLDER     then: export SLURM_CONF=FOLDER/slurm.conf
#   bash Tests/Support/slurm.sh stop FOLDER
set -euo pipefail
folder=$(mkdir -p "$2" && cd "$2" && pwd)
export SLURM_CONF=$folder/slurm.conf
user=$(id -un)

running() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

stop() {
  if running "$folder/slurmctld.pid"; then scancel --user="$user" 2>/dev/null || true; fi
  for daemon in slurmd slurmctld munged; do
    if running "$folder/$daemon.pid"; then
      kill "$(cat "$folder/$daemon.pid")"
      for _ in $(seq 100); do
        running "$folder/$daemon.pid" || break
        sleep 0.1
      done
      if running "$folder/$daemon.pid"; then kill -9 "$(cat "$folder/$daemon.pid")"; fi
    fi
  done
}

fail() {
  echo "$1" >&2
  tail -n 20 "$folder"/*.log >&2 || true
  stop
  exit 1
}

start() {
  # Daemons would keep what this script has inherited open, and whoever waits for its end would wait for theirs.
  for path in /proc/$$/fd/*; do
    number=${path##*/}
    if [ "$number" -gt 2 ] && [ "$number" -ne 255 ]; then eval "exec $number>&-"; fi
  done
  for program in munged slurmctld slurmd; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null ||
      { echo "$program is missing: bash Examples/install-dependencies.sh --tests" >&2; exit 1; }
  done
  mkdir -p "$folder/state" "$folder/spool"
  chmod 700 "$folder"
  node=$(hostname -s)
  # Two ports that are free now.
  read -r controller worker < <(python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
[x.bind(("127.0.0.1", 0)) for x in s]
print(*[x.getsockname()[1] for x in s])')
  cat >"$SLURM_CONF" <<END
ClusterName=residua-test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$worker
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=1,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
ReturnToService=2
KillWait=5
InactiveLimit=0
NodeName=$node NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=test Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
  dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
  chmod 400 "$folder/munge.key"
  # --force: it warns of a folder below /tmp, which others may write to.
  PATH=$PATH:/usr/sbin munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" \
    --num-threads=2 >/dev/null 2>&1 || fail "munged does not start"
  PATH=$PATH:/usr/sbin slurmctld -c >"$folder/slurmctld.out" 2>&1 || fail "slurmctld does not start"
  PATH=$PATH:/usr/sbin slurmd >"$folder/slurmd.out" 2>&1 || fail "slurmd does not start"
  for _ in $(seq 300); do
    if [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]; then exit 0; fi
    sleep 0.1
  done
  fail "the node does not become idle"
}

case $1 in
start) start ;;
stop) stop ;;
*) echo "start or stop, not $1" >&2; exit 64 ;;
esac
