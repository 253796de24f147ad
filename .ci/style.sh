#!/usr/bin/env bash
# Checks the form of the text: lines of at most 100 columns in Markdown and Go, words that make
# sentences hard to read in prose, comments and messages, and American spelling. Prints each finding
# and exits with 1 if there is one. docs/site checks how long sentences are.
set -uo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
MISSPELL=github.com/golangci/misspell/cmd/misspell@v0.8.0
status=0

# Not checked: logs of measurements and of changes, and what programs write.
mapfile -t docs < <(git ls-files '*.md' | grep -vE '^pcaps/|/testdata/|^docs/benchmarks/|^CHANGELOG')
mapfile -t code < <(git ls-files '*.go' | grep -vE '^pcaps/make/|_gen\.go$')

# A tab counts as four columns. These lines cannot be broken: links, tables and output in Markdown,
# and output of programs that a test quotes (text of several lines between backquotes).
perl -CSD -ne 'chomp; $f = !$f if /^```/; my $t = $_; $t =~ s/\t/    /g;
  my $free = $ARGV =~ /\.md$/ ? $f || /^\||https?:|^!\[|^\{/ : m{//go:generate};
  if ($ARGV =~ /_test\.go$/) {
    my ($quoted, $s) = ($q, $_);
    $q = 0 if $q && $s =~ s/^[^`]*`//;
    $q = $s =~ s{"(\\.|[^"\\])*"|`[^`]*`|\x27(\\.|[^\x27\\])+\x27|//.*}{}gr =~ /`/ unless $q;
    $free ||= $quoted || $q }
  if (length($t) > 100 && !$free) { print "$ARGV:$.: ", length($t), " columns\n"; $n++ }
  if (eof) { print "$ARGV: odd number of backquotes\n" and $n++ if $q; close ARGV; $f = $q = 0 }
  END { exit($n ? 1 : 0) }' "${docs[@]}" "${code[@]}" || status=1

# Old habits of this project.
habits='\b([Tt]ells? (of|apart|which|whether|how|what|where|why|that|it)|told|of which|for want of|'
habits+='stands? (for|behind|in|where|at|beside)|stood|[Bb]ehind|for who|as far as|gives way|'
habits+='(no|has|have|had) room|said to|[Aa]nybody|can.t be meant|beside that|is none of|at hand|'
habits+='taken (for|away)|[Aa]sked (is|are)|kept no more)\b'
grep -nE "$habits" "${docs[@]}" && status=1
grep -nE "(//|\"|\`|/\*\*|<).*$habits" "${code[@]}" $(git ls-files "internal/page/web/src/*") && status=1

# Not checked: what programs write, names that are gone, and data. Not American, but right: Fibre
# Channel, the GPRS Tunnelling Protocol, and a mistake that docs/filters.md shows.
git ls-files | grep -vE '/testdata/|/dist/|^docs/benchmarks/|package-lock|^annotate/registry' |
  grep -vE '\.(png|svg|pcap|pcapng|sum)$|^CHANGELOG|^\.ci/api-breaks' |
  xargs -d '\n' "$GO" run "$MISSPELL" -locale US -source text -error -i fibre,tunnelling,sytem || status=1
exit $status
