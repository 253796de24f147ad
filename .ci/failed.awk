#!/usr/bin/awk -f
# Of a log that `go test -v` wrote: what the tests that failed said, then their names. What a test says stands before its verdict and after the
# line that names it, so all is held back by test until the verdict is known; what passed, which is nearly everything, is left out.
function name(line) { sub(/^ *(===|---) +[A-Z]+:? +/, "", line); sub(/ \([0-9.]+s\)$/, "", line); return line }
function top(test) { sub(/\/.*/, "", test); return test }
/^=== NAME *$/ { now = ""; next }
/^=== (RUN|NAME|CONT) / { now = top(name($0)); next }
/^=== / { next }
/^ *--- FAIL: / { test = name($0); failed[++n] = test; if (top(test) in said) { print "in " top(test) ":"; printf "%s", said[top(test)]; delete said[top(test)] } next }
/^--- (PASS|SKIP): / { delete said[name($0)]; now = ""; next }
/^ *--- (PASS|SKIP): / { next }
/^(ok|\?) / { next }
/^FAIL\t/ { packages = packages $0 "\n"; for (t in said) { print "in " t ", which did not end:"; printf "%s", said[t] } delete said; next }
/^(PASS|FAIL)$/ { next }
{ said[now] = said[now] $0 "\n" }
END { for (i = 1; i <= n; i++) print "--- FAIL: " failed[i]; printf "%s", packages }
