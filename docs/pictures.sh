#!/usr/bin/env bash
# pictures.sh [NAME...]: takes pictures of the docs anew, all or those of a name, and writes them to
# docs/pictures/NAME-COLUMNS-THEME.svg. Each command runs in a real terminal (tmux) of 80 and of 120
# columns. freeze draws what the terminal shows, in dark and in light. Live pictures need root: they
# run in a network namespace of their own, see traffic.sh. Needs Go, tmux, perl and unshare.
set -euo pipefail
cd "$(dirname "$0")/.."
freeze="go run github.com/charmbracelet/freeze@v0.2.2"
tmp=$(mktemp -d)
socket=$tmp/tmux
trap 'tmux -S "$socket" kill-server 2>/dev/null || true; rm -rf "$tmp"' EXIT
go build -o "$tmp/portsniff" ./cmd/portsniff
mkdir -p docs/pictures
wanted=" $* "
export TZ=UTC PATH=$tmp:$PATH

# picture NAME COLUMNS ROWS SECONDS COMMAND: what a terminal shows of a command after some seconds.
picture() {
  local name=$1 columns=$2 rows=$3 seconds=$4
  shift 4
  [ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || return 0
  tmux -S "$socket" -f /dev/null new-session -d -x "$columns" -y "$rows" \
    "printf '\$ %s\\n' '${*#unshare --net sh docs/traffic.sh }'; $*; exec sleep 60"
  sleep "$seconds"
  tmux -S "$socket" capture-pane -e -p |
    perl -0pe 's/\s+\z/\n/; s/\e\[0;7m\e\[39m\e\[49m/\e[48;2;110;118;129m/g;
      s/\e\[(39|49|22|39;49)m/\e[0m/g;
      s/\e\[46m/\e[48;2;57;197;207m/g; s/\e\[43m/\e[48;2;210;153;34m/g' >"$tmp/screen"
  tmux -S "$socket" kill-server
  for theme in dark light; do
    local colors='--theme github-dark --background #0d1117' text='#e6edf3'
    [ $theme = dark ] || { colors='--theme github --background #ffffff'; text='#1f2328'; }
    # shellcheck disable=SC2086
    $freeze "$tmp/screen" --language ansi $colors --font.size 14 --padding 16 \
      --output "$tmp/picture.svg" >/dev/null
    # Without the font, which is 300 kB: every system has one of fixed width.
    perl -0pe 's/\@font-face \{.*?\}//s; s/#-00001/'"$text"'/;
      s/JetBrains Mono/ui-monospace, DejaVu Sans Mono, monospace/g' \
      "$tmp/picture.svg" >"docs/pictures/$name-$columns-$theme.svg"
  done
}

for columns in 80 120; do
  picture packets $columns 30 1 portsniff -r pcaps/http.pcap
  picture explain $columns 70 1 portsniff explain --demo dns -f 1
  picture ports $columns 24 1 portsniff ports --demo services
  picture live $columns 24 8 unshare --net sh docs/traffic.sh portsniff top -i eth0
done
picture capture 120 24 8 unshare --net sh docs/traffic.sh portsniff -c 14 -i eth0
