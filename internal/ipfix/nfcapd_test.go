package ipfix_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// samples are captures in which every packet is TCP, UDP or without ports, and none is tunneled.
var samples = []string{"services.pcap", "http6.pcap", "dns.pcap", "udp-closed.pcap"}

// nfcapd has the same sums for each direction of a flow as tshark has from the capture.
func TestNfcapdSumsAgainstTshark(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample, func(t *testing.T) {
			want := tsharkSums(t, sample)
			got := nfdumpSums(t, func(address string) { export(t, sample, address, false) })
			if len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("nfdump has %v\ntshark has %v", got, want)
			}
		})
	}
}

// sums are packets and bytes, by source, destination, ports and protocol.
type sums map[string][2]int

func tsharkSums(t *testing.T, sample string) sums {
	t.Helper()
	const folder = "../../pcaps"
	frames := corpustest.ReadFrames(t, folder, []string{filepath.Join(folder, sample)})
	rows := corpustest.Fields(t, frames, []string{"ip.src", "ip.dst", "ip.len", "ipv6.src",
		"ipv6.dst", "ipv6.plen", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
		"icmp.type"})
	all := sums{}
	for _, r := range rows {
		src, dst, length, extra := r[0], r[1], r[2], 0
		if src == "" {
			src, dst, length, extra = r[3], r[4], r[5], 40
		}
		from, to, proto := r[6], r[7], "TCP"
		if from == "" {
			from, to, proto = r[8], r[9], "UDP"
		}
		if from == "" || r[10] != "" { // no ports, or ports that an ICMP error quotes
			continue
		}
		n, err := strconv.Atoi(length)
		if err != nil {
			t.Fatal(r, err)
		}
		all.add(strings.Join([]string{src, dst, from, to, proto}, " "), 1, n+extra)
	}
	return all
}

func (s sums) add(key string, packets, bytes int) {
	n := s[key]
	s[key] = [2]int{n[0] + packets, n[1] + bytes}
}

// nfdumpSums starts nfcapd, calls send with its address, and reads the stored flows with nfdump.
func nfdumpSums(t *testing.T, send func(address string)) sums {
	t.Helper()
	nfcapd, nfdump := corpustest.Tool(t, "nfcapd"), corpustest.Tool(t, "nfdump")
	l, err := net.ListenPacket("udp4", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	port := l.LocalAddr().(*net.UDPAddr).Port
	l.Close()
	dir := t.TempDir()
	cmd := exec.Command(nfcapd, "-b", "127.0.0.1", "-p", strconv.Itoa(port), "-w", dir, "-t",
		"3600")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // fails if the process has ended
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "Startup") {
	}
	send("udp://127.0.0.1:" + strconv.Itoa(port))
	waitUntilRead(t, port)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		// nfcapd 1.7.1 does not count options records, so it reports one sequence error after them.
		// RFC 7011 section 3.1 and tshark count them.
		if s := lines.Text(); strings.Contains(s, "Errors:") &&
			!strings.Contains(s, "Sequence Errors: 0, Bad Packets: 0") &&
			!strings.Contains(s, "Sequence Errors: 1, Bad Packets: 0") {
			t.Error(s)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(nfdump, "-R", dir, "-q", "-6", "-o",
		"fmt:%sa %da %sp %dp %pr %pkt %byt").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := sums{}
	for line := range strings.Lines(string(out)) {
		c := strings.Fields(line)
		if len(c) != 7 {
			continue
		}
		packets, err1 := strconv.Atoi(c[5])
		bytes, err2 := strconv.Atoi(c[6])
		if err1 != nil || err2 != nil {
			t.Fatal(line)
		}
		all.add(strings.Join(c[:5], " "), packets, bytes)
	}
	return all
}

// waitUntilRead waits until nothing is left in the buffer of a UDP socket.
func waitUntilRead(t *testing.T, port int) {
	t.Helper()
	socket := fmt.Sprintf(":%04X ", port)
	for {
		text, err := os.ReadFile("/proc/net/udp")
		if err != nil {
			corpustest.Missing(t, "nfcapd was not tried: "+err.Error())
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, socket) && strings.Contains(line, ":00000000 00:") {
				return
			}
		}
		if t.Context().Err() != nil {
			t.Fatal("nfcapd does not read")
		}
		time.Sleep(time.Millisecond)
	}
}
