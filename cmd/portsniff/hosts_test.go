package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/pcaps"
)

// plainSamples lists samples whose frames have one IP header and no fragments, so each field of
// tshark has one value.
var plainSamples = []string{"http", "ftp", "dns", "ssh", "smtp", "ntp", "dhcp"}

// TestHostsAsTshark compares the packets, bytes and peers of each host with sums over tshark's
// fields.
func TestHostsAsTshark(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	tried := 0
	for _, name := range plainSamples {
		s, err := pcaps.Find(name)
		if err != nil {
			continue
		}
		tried++
		data, err := pcaps.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), s.File)
		var all bytes.Buffer
		if _, err := all.ReadFrom(data); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, all.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want := tsharkHosts(t, file)
		var out bytes.Buffer
		out.WriteString(run(t, "hosts", "--format", "csv", "-r", file))
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != len(want)+1 {
			t.Fatalf("%s: %v, %d rows, tshark has %d hosts", name, err, len(rows)-1, len(want))
		}
		for _, r := range rows[1:] {
			w := want[r[0]]
			if w == nil {
				t.Errorf("%s: tshark has no host %s", name, r[0])
				continue
			}
			got := []string{r[2], r[3], r[4], r[5], r[6], r[7], r[8]}
			if fmt.Sprint(got) != fmt.Sprint(w.cells()) {
				t.Errorf("%s: %s has %v, tshark %v", name, r[0], got, w.cells())
			}
		}
	}
	if tried < 3 {
		t.Errorf("only %d samples were tried", tried)
	}
}

// A tsharkHost is a host as computed from tshark's fields.
type tsharkHost struct {
	peers                  map[string]bool
	sent, received         int
	sentBytes, recvedBytes int
}

func (h *tsharkHost) cells() []string {
	var list []string
	for _, n := range []int{len(h.peers), h.sent + h.received, h.sentBytes + h.recvedBytes, h.sent,
		h.sentBytes, h.received, h.recvedBytes} {
		list = append(list, strconv.Itoa(n))
	}
	return list
}

func tsharkHosts(t *testing.T, file string) map[string]*tsharkHost {
	t.Helper()
	cmd := exec.Command("tshark", "-r", file, "-Y", "(tcp || udp || sctp) && !icmp && !icmpv6",
		"-T", "fields", "-e", "ip.src", "-e", "ip.dst", "-e", "ipv6.src", "-e", "ipv6.dst", "-e",
		"frame.len")
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	hosts := map[string]*tsharkHost{}
	of := func(name, peer string) *tsharkHost {
		if hosts[name] == nil {
			hosts[name] = &tsharkHost{peers: map[string]bool{}}
		}
		hosts[name].peers[peer] = true
		return hosts[name]
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		src, dst := f[0]+f[2], f[1]+f[3]
		n, err := strconv.Atoi(f[4])
		if err != nil {
			t.Fatal(err)
		}
		h := of(src, dst)
		h.sent, h.sentBytes = h.sent+1, h.sentBytes+n
		h = of(dst, src)
		h.received, h.recvedBytes = h.received+1, h.recvedBytes+n
	}
	return hosts
}

// scanFile writes a capture of a scan: 10.9.0.1 sends a SYN to 599 ports of 10.9.0.2, which accepts
// 6 and refuses the rest. The capture also contains a connection of 10.9.0.3 to port 443.
func scanFile(t *testing.T) string {
	t.Helper()
	out := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 8: 0, 16: 0xff, 0xff, 0, 0, 101, 0, 0, 0}
	packet := func(from, to byte, src, dst uint16, flags byte) {
		p := make([]byte, 40)
		copy(p, []byte{0x45, 3: 40, 8: 64, 9: 6, 12: 10, 9, 0, from, 10, 9, 0, to})
		binary.BigEndian.PutUint16(p[20:], src)
		binary.BigEndian.PutUint16(p[22:], dst)
		p[31], p[32], p[33] = flags>>4&1, 5<<4, flags // the acknowledgment number of a response
		head := make([]byte, 16)
		binary.LittleEndian.PutUint32(head, 1_700_000_000)
		binary.LittleEndian.PutUint32(head[8:], 40)
		binary.LittleEndian.PutUint32(head[12:], 40)
		out = append(append(out, head...), p...)
	}
	const syn, rst, ack = 2, 4, 16
	for port := uint16(1); port <= 599; port++ {
		packet(1, 2, 40000, port, syn)
		answer := byte(rst | ack)
		if port%100 == 22 {
			answer = syn | ack
		}
		packet(2, 1, port, 40000, answer)
	}
	packet(3, 2, 50000, 443, syn)
	packet(2, 3, 443, 50000, rst|ack)
	name := filepath.Join(t.TempDir(), "scan.pcap")
	if err := os.WriteFile(name, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestScanIsOneRow checks that the scan of scanFile is one line or object, instead of one for each
// closed port.
func TestScanIsOneRow(t *testing.T) {
	t.Parallel()
	file := scanFile(t)
	const scan = "10.9.0.1 probed 599 ports on 1 host, 6 open"
	for _, command := range []string{"services", "hosts", "hosts --pairs"} {
		text := run(t, append(strings.Fields(command), "-r", file)...)
		if strings.Count(text, scan) != 1 || strings.Count(text, "\n") > 12 {
			t.Errorf("%s:\n%s", command, text)
		}
	}
	services := run(t, "services", "-r", file)
	if n := strings.Count(services, " open "); n != 6+1 { // plus the line of the scan
		t.Errorf("%d open ports:\n%s", n, services)
	}
	if !strings.Contains(services, "443/tcp") { // 10.9.0.3 connected to it too
		t.Errorf("no port 443:\n%s", services)
	}
	var object struct {
		Source, Target, Text                             string
		Ports, Hosts, Probes, Open, Closed, Filtered, No int
		Frame                                            int64 `json:"first_frame"`
		Scanned                                          int
	}
	text := run(t, "services", "-r", file, "--format", "json")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 6+1+1+1 {
		t.Fatalf("%d objects: %s", len(lines), lines)
	}
	for _, line := range lines[7:] { // the scan and the total
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
	}
	if object.Source != "10.9.0.1" || object.Target != "10.9.0.2" || object.Ports != 599 ||
		object.Hosts != 1 || object.Probes != 599 || object.Open != 6 || object.Closed != 593 ||
		object.Filtered != 0 || object.Frame != 1 || object.Scanned != 592 ||
		!strings.HasPrefix(object.Text, scan) {
		t.Errorf("%+v", object)
	}
	for _, args := range []string{"services --format csv", "services --all"} {
		text := run(t, append(strings.Fields(args), "-r", file)...)
		if n := strings.Count(text, "10.9.0.2"); n < 599 || n > 601 {
			t.Errorf("%s: %d rows", args, n)
		}
	}
}
