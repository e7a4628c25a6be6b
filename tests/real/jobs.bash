# SPDX-License-Identifier: MIT
# Job control without a terminal: process groups, stop and continue, fg, bg, %n, disown.
# What bash says by itself about its jobs comes when it comes, so it is not kept.
set -m
exec 2>/dev/null
stopped() { until jobs -s | grep -q .; do :; done; }

echo '-- a stopped job, continued by bg'
sleep 1000 &
first=$!
kill -STOP %1
stopped
jobs | sed 's/  */ /g'
bg %1 >/dev/null
jobs | sed 's/  */ /g'
kill %1
wait $first
echo "first $?"

echo '-- a job is a process group'
sleep 1000 | sleep 1000 | sleep 1000 &
last=$!
group=$(jobs -p %sleep)
ps -o pgid= -p "$last" | grep -qw "$group" && echo 'one group'
ps -o pgid= -p $$ | grep -qw "$group" || echo 'not of the shell'
kill -TERM -- "-$group"
wait $last
echo "pipeline $?"

echo '-- stopped by itself, brought back by fg'
bash -c 'kill -STOP $$; echo continued; exit 4' &
stopped
fg >/dev/null
echo "continued $?"

echo '-- stopped and continued ten times'
bash -c 'for i in 1 2 3 4 5 6 7 8 9 10; do kill -STOP $$; echo $i; done; exit 10' &
for i in 1 2 3 4 5 6 7 8 9; do
	stopped
	fg >/dev/null
done
fg >/dev/null
echo "ten times $?"

echo '-- killed while it is stopped'
sleep 1000 &
kill -STOP $!
stopped
kill -KILL %sleep
until ! jobs -s | grep -q .; do :; done
wait $!
echo "killed $?"

echo '-- disown'
sleep 1000 &
disown %sleep
jobs | grep sleep
kill $!

echo '-- three at once'
pids=
for i in 1 2 3; do
	(exit "$i") &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid"; echo $?; done
