#!/usr/bin/env bash
# Takes the program's defences out of a copy of the last commit, one at a time, and runs the tests that are to notice. Prints what went red for each; one that nothing
# notices, or that is not found, fails. Needs what the tests need; those of captures need root. A pattern behind the command chooses some of the rows below.
set -uo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go} only=${1:-.}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git clone -q . "$tmp" || exit 1
unset PORTSNIFF_CORPUS # which takes long, and belongs to other tests
status=0

# What is taken out, the file, perl's words for it, the packages, the tests. The fields end at " @ ".
rows() {
  cat <<'ROWS'
a bounds check of the walk @ decode/walk.go @ s/(h := w.visible\(s\); )len\(h\) >= n/$1true/ @ ./internal/corpustest ./decode @ TestLinksCut|TestPrefixes
the check of a record's length in memory @ capture/batch.go @ s/end > len\(h\)/false/ @ ./capture @ TestBatch|TestFrames|TestHostileMemory|TestPcapErrors
a bounds check of the quick walk @ decode/fast.go @ s/len\(h\) < ipv4MinLen/false/ @ ./decode @ TestQuickWalkAgrees
the limit on a pcap record's length @ capture/pcap.go @ s/caplen > f.limit \{/false {/ @ ./capture @ TestHostileMemory|TestPcapErrors
the plain format before a guess @ capture/pcap_guess.go @ s/len\(sample\) < 2\*f.record \|\| f.plausible\(sample, f.record, false\)/false/ @ ./capture @ TestPcapCutIsNotGuessed
the check of a flow's key @ internal/flow/table.go @ s/ \|\| !t.entries.at\(n\).key.same\(&h.key\)// @ ./internal/flow @ TestMemoryLimit
the memory limit of flows @ internal/flow/end.go @ s/return \(t.n\+1\)\*entrySize\+len/return len/ @ ./internal/flow @ TestMemoryLimit
the limit after decompression @ capture/compress.go @ s/d.max > 0/false/g @ ./capture @ TestMaxDecompressed
the error of a file that breaks off @ capture/files.go @ s/if err != io.EOF \{/if false {/ @ ./capture @ TestDamageIsToldOnce
the counter of dropped frames @ capture/ring_state_linux.go @ s/c.stats.Dropped \+= .*// @ ./capture ./cmd/portsniff @ TestLiveCountsDrops|TestRingsCountDrops
the overlap check of fragments @ decode/ip_fragments.go @ s/ \|\| p.Frag.Offset < e.length// @ ./decode @ TestFragmentsRefuse|FuzzFragments
the CSV escaper @ internal/render/csv.go @ s/defuse\(cell\)/cell/ @ ./internal/render @ FuzzEscape|CSV
the escape of ESC @ internal/textutil/escape.go @ s/s\[i\] >= ' '/(s[i] == 0x1b || s[i] >= ' ')/; s/!unicode.IsPrint\(r\)/r != 0x1b && !unicode.IsPrint(r)/ @ ./internal/render ./internal/textutil @ TestEscape|TestComments|FuzzEscape
the escape of errors @ internal/term/notice.go @ s/textutil.Escape\((fmt.*)\)\)/textutil.Escape("") + $1)/ @ ./cmd/portsniff @ TestScripts/inputs|TestHostile
the error of a write that fails @ cmd/portsniff/packets.go @ s/e := step\(\); e != nil/e := step(); e == nil \&\& e != nil/ @ ./cmd/portsniff @ TestOutputToFullDevice
the overflow check of sizes @ cmd/portsniff/counting.go @ s/ \|\| n > math.MaxInt64\/int64\(unit\)// @ ./cmd/portsniff @ TestSizes
the rename of a report @ internal/outfile/file.go @ s/err := os.Rename\(temp, name\)/err := error(nil)/ @ ./cmd/portsniff ./internal/outfile @ TestScripts/report|TestCommit
the fsync of a report @ internal/outfile/file.go @ s/file.Sync\(\), // @ ./internal/outfile @ TestSyncBeforeName
the entry of tables into the sandbox @ cmd/portsniff/tables.go @ s/in.confine\(cmd, nil\)/error(nil)/ @ ./cmd/portsniff @ TestEveryReaderIsConfined
the limit for dropped captures @ cmd/portsniff/serve_drop.go @ s/int64\(unpack\)/0/ @ ./cmd/portsniff @ TestServeBomb
the check who made a file of root's @ capture/write_owner_unix.go @ s/ \|\| !f.made// @ ./cmd/portsniff @ TestLiveWriteOwner
the Host check @ internal/web/guard.go @ s/s.hosts\[r.Host\] && // @ ./internal/web @ TestWhoIsAnswered|FuzzHandler
the bound of connections without a token @ internal/web/conns.go @ s/maxStrangers = 128/maxStrangers = 1 << 30/ @ ./internal/web @ TestStrangersAreFew
the end of a stranger's connection @ internal/web/web.go @ s/w.Header\(\).Set\("Connection", "close"\)// @ ./internal/web @ TestStrangerGetsOneAnswer
the end of an upload with its client @ cmd/portsniff/serve_drop.go @ s/Context: ctx, // @ ./cmd/portsniff @ TestServeUploadEndsWithItsClient
the bound of an update to a browser @ internal/page/live_update.go @ s/updateBytes = 2 << 20/updateBytes = 1 << 30/ @ ./internal/page @ TestLateBrowserGetsAllThatIsKept|TestStalledBrowsersKeepLittle
the time that a request has @ internal/web/web.go @ s/ReadTimeout: readTimeout, // @ ./internal/web @ TestSilenceEnds
ROWS
}

while IFS= read -r row; do
  IFS=$'\t' read -r what file edit packages tests <<<"${row// @ /$'\t'}"
  [[ $what =~ $only ]] || continue
  perl -pi -e "$edit" "$tmp/$file" || exit 1
  if git -C "$tmp" diff --quiet; then
    echo "$what: nothing was taken out of $file" >&2
    status=1
    continue
  fi
  read -ra list <<<"$packages"
  (cd "$tmp" && "$GO" test -vet=off "${list[@]}" -run "$tests" </dev/null >out.log 2>&1)
  red=$(grep -aoE '^ *--- FAIL: [^ (]+' "$tmp/out.log" | sed -E 's/^ *--- FAIL: //; s/^(Test[A-Za-z]+)\/(.*)$/\1/' | sort -u | paste -sd ' ')
  if grep -aqE '^(panic|fatal error): |^unexpected fault' "$tmp/out.log"; then red+=' (panic)'; fi
  if [ -z "$red" ]; then
    echo "$what: no test noticed ($tests)" >&2
    head -5 "$tmp/out.log" >&2
    status=1
  fi
  printf '%s\t%s\t%s\n' "$what" "$file" "${red:-nothing}"
  git -C "$tmp" checkout -q . && rm "$tmp/out.log"
done < <(rows)
exit $status
