# Does every sample hold what it must (expect.txt), with good checksums and nothing malformed? Sourced by make-samples.sh.

# found FILE FILTER: how many packets match.
found() {
  tshark -n -r "$out/$1" -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE \
    -o sctp.checksum:TRUE -Y "$2" 2>/dev/null | wc -l
}

check() {
  local file least filter got faults=0 bad
  bad='_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0 || sctp.checksum.status==0'
  while read -r file least filter; do
    [[ $file = '#'* ]] && continue
    got=$(found "$file" "$filter")
    if ((got < least)); then
      echo "check: $file: $got packets match $filter, at least $least must" >&2
      faults=$((faults + 1))
    fi
  done <"$here/expect.txt"
  for file in "$out"/*.pcap "$out"/*.pcapng; do
    file=${file##*/}
    got=$(found "$file" "$bad")
    if ((got > 0)); then
      echo "check: $file: $got packets with a bad checksum or malformed" >&2
      faults=$((faults + 1))
    fi
    if [ $file != two-interfaces.pcapng ]; then
      got=$(found "$file" 'tcp.analysis.retransmission || tcp.analysis.lost_segment')
      ((got == 0)) || { echo "check: $file: $got segments sent again or missing" >&2; faults=$((faults + 1)); }
    fi
    grep -q "^$file " "$here/expect.txt" || { echo "check: nothing is expected of $file" >&2; faults=$((faults + 1)); }
  done
  ((faults == 0)) || die "$faults faults in the samples"
  echo 'check: every sample holds what it must'
}
