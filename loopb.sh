cd $(mktemp -d /work/tmp/b/d/XXXX); f=$1; n=$2; shift 2
timeout 60 bash /work/wt-b/tests/real/$f.bash >../n 2>&1; for i in $(seq $n); do rm -f gate; timeout 60 "$@" bash /work/wt-b/tests/real/$f.bash >out 2>&1 ; r=$?; cmp -s out ../n || { echo "iteration $i status $r"; diff ../n out; cp out ../out.$f.$i; }; done
