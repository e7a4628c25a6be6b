# SPDX-License-Identifier: MIT
# Traps: each kind, in the shell itself, in functions, subshells and pipelines.
shell_sleeps() { grep -q '^State:.S' /proc/$$/status; }
trap 'echo "USR1 in $FUNCNAME"' USR1
trap 'echo "exit status $?"' EXIT

echo '-- a signal to itself, inside a function'
signalled() { kill -USR1 $BASHPID; echo after; }
signalled

echo '-- ERR, with and without errtrace'
trap 'echo "ERR at line $LINENO: $BASH_COMMAND -> $?"' ERR
false
fails() { (exit 4); return 0; }
fails
set -E; fails; set +E
trap - ERR

echo '-- DEBUG'
trap 'echo "about to: $BASH_COMMAND"' DEBUG
x=1
echo $((x + 1))
trap - DEBUG

echo '-- RETURN'
returns() { trap 'echo returned; trap - RETURN' RETURN; :; }
returns

echo '-- CHLD: once for each child'
n=0
trap 'n=$((n + 1))' CHLD
set -m
for i in 1 2 3 4 5; do (exit "$i") & wait $! || :; done
trap - CHLD
set +m
echo "children $n"

echo '-- a trap interrupts wait'
trap 'echo HUP' HUP
(until shell_sleeps; do :; done; kill -HUP $$; exec sleep 1000) &
child=$!
wait $child
echo "wait ended with $?"
kill $child
wait $child
echo "sleep ended with $?"

echo '-- wait -n, wait -p'
mkfifo gate
(read -r _ <gate; exit 7) & slow=$!
(until shell_sleeps; do :; done; exit 3) & fast=$!
wait -n -p which
echo "first $? $([ "$which" = "$fast" ] && echo fast)"
echo go >gate
wait -n -p which
echo "second $? $([ "$which" = "$slow" ] && echo slow)"
wait -n
echo "none left $?"

echo '-- INT ignored by a child, not by another'
(trap '' INT; kill -INT $BASHPID; echo still here)
(trap - INT; kill -INT $BASHPID; echo not here)
echo "$?"
bash -c 'trap "echo INT; exit 9" INT; kill -INT $$; echo not here'
echo "$?"

echo '-- a pipeline, its statuses and SIGPIPE'
yes | head -n 1
echo "${PIPESTATUS[@]}"
set -o pipefail
(exit 2) | (exit 3) | true
echo "$? ${PIPESTATUS[*]}"

echo '-- process substitution, coproc, here-document'
diff <(seq 3) <(seq 4) || echo "differ $?"
coproc CAT { cat; }
echo through >&"${CAT[1]}"
read -r line <&"${CAT[0]}"
echo "$line"
pid=$CAT_PID
exec {CAT[1]}>&-
wait "$pid"
echo "coproc $?"
tr a-z A-Z <<END
$(echo here)
END

echo '-- a big round trip through ten processes'
seq 30000 | cat | sort -r | cat | tac | sort -n | cat | paste - - | cat | sha256sum

echo '-- a subshell with its own EXIT'
(trap 'echo inner exit' EXIT; exit 5)
echo "$?"
exit 6
