#!/usr/bin/env bash
# Checks the form of what people read: lines of at most 100 columns in Go and Markdown, and words
# that make sentences hard to read. Prints each finding and exits with 1 if there is one.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

long() { # FILES...: a tab counts as four columns; links and table rows of Markdown cannot be broken
  perl -CSD -ne 'chomp; my $t = $_; $t =~ s/\t/    /g;
    if (length($t) > 100 && !($ARGV =~ /\.md$/ && /^\||https?:|^!\[|^\{/) && !/\/\/go:generate/) {
      print "$ARGV:$.: ", length($t), " columns\n"; $n++ }
    close ARGV if eof; END { exit($n ? 1 : 0) }' "$@"
}

# Old habits of this project, in prose and in comments.
habits='\b([Tt]ells? (of|apart|which|whether|how|what|where|why|that|it)|is told|are told|was told|stands? (for|behind|in|where|at|beside)|stood|behind|of which|for who|as far as|gives way|no room|has room|said to|[Aa]nybody|can.t be meant|beside that)\b'

mapfile -t docs < <(git ls-files '*.md' | grep -vE '^pcaps/|/testdata/')
mapfile -t code < <(git ls-files '*.go')
long "${docs[@]}" "${code[@]}" || status=1
grep -nE "$habits" "${docs[@]}" && status=1
grep -nE "//.*$habits" "${code[@]}" && status=1
exit $status
