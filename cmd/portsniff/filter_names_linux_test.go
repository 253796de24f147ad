package main

import (
	"encoding/binary"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ownEtc is a folder /etc whose files define the names of this test.
var ownEtc = map[string]string{
	"nsswitch.conf": "hosts: files\nnetworks: files\nethers: files\nprotocols: files\nservices: " +
		"files\n",
	"hosts": "127.0.0.1 localhost\n::1 localhost\n192.0.2.1 web\n198.51.100.1 " +
		"web\n2001:db8::1 web\n192.0.2.9 v4\n2001:db8::9 v6\n",
	"networks":  "lan 192.0.2.9\nloopback 127.0.0.0\nzero 0.0.192.2\n",
	"host.conf": "multi on\n", // otherwise glibc uses only the first line of a name
	"passwd":    "root:x:0:0:root:/:/bin/sh\n",
	"group":     "root:x:0:\n",
	"ethers":    "02:00:00:00:00:01 router\n2:0:0:0:0:2 other\n",
}

// namedFrames returns frames from every address to every other of the same protocol: IPv4, ARP and
// IPv6.
func namedFrames() (frames []frameBytes) {
	var addrs []netip.Addr
	for _, a := range []string{"127.0.0.0", "127.0.0.1", "192.0.2.1", "192.0.2.9", "192.2.0.1",
		"198.51.100.1", "::1", "2001:db8::1", "2001:db8::9", "2001:db8::2"} {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	for i, src := range addrs {
		for j, dst := range addrs {
			if src.Is4() != dst.Is4() {
				continue
			}
			ether := []byte{2, 0, 0, 0, 0, byte(j % 3), 2, 0, 0, 0, 0, byte(i % 4)}
			if src.Is6() {
				frames = append(frames, frameBytes(join(ether,
					[]byte("\x86\xdd\x60\x00\x00\x00\x00\x00\x3b\x40"), src.AsSlice(),
					dst.AsSlice())))
				continue
			}
			frames = append(frames, frameBytes(join(ether,
				[]byte("\x08\x00\x45\x00\x00\x14\x00\x00\x00\x00\x40\xff\x00\x00"), src.AsSlice(),
				dst.AsSlice())),
				frameBytes(join(ether, []byte(
					"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01"),
					src.AsSlice(), make([]byte, 6), dst.AsSlice())))
		}
	}
	return frames
}

type frameBytes []byte

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// TestNamesAsTcpdump checks that names select the same frames as in tcpdump with the same files.
// Both must reject the same names.
func TestNamesAsTcpdump(t *testing.T) {
	t.Parallel()
	requireTool(t, "tcpdump")
	requireRoot(t)
	portsniff := installed(t)
	dir := filepath.Dir(portsniff)
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range ownEtc {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "named.pcap")
	pcap := []byte(
		"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01" +
			"\x00\x00\x00")
	for i, f := range namedFrames() {
		for _, n := range []int{i, 0, len(f), len(f)} {
			pcap = binary.LittleEndian.AppendUint32(pcap, uint32(n))
		}
		pcap = append(pcap, f...)
	}
	if err := os.WriteFile(file, pcap, 0o644); err != nil {
		t.Fatal(err)
	}
	in := func(args ...string) (string, error) {
		cmd := exec.Command("unshare", append([]string{"-m", "sh", "-c",
			`mount --bind "$0" /etc && exec "$@"`, filepath.Join(dir, "etc")}, args...)...)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		out, err := cmd.Output()
		return string(out), err
	}
	if out, err := in("cat", "/etc/ethers"); err != nil || out != ownEtc["ethers"] {
		t.Fatalf("no folder /etc of our own: %v: %s", err, out)
	}
	for _, expr := range []string{"host localhost", "host web", "src web", "dst host web or v4",
		"not host web", "ip host web", "ip6 host web", "ip6 src v6", "arp host web",
		"ip6 host v4", "ip host v6", "host v6 or v4", "ether host router",
		"ether src router or other", "ether dst router and not src v4", "net lan",
		"src net lan or loopback",
		"net loopback", "net zero", "host nobody", "net nowhere", "ether host web", "tcp host web",
		"gateway web", "src and dst web", "host WEB", "ether host ROUTER", "net LAN"} {
		want, refused := in("tcpdump", "-Z", "root", "-nn", "-tt", "-r", file, expr)
		got, err := in(portsniff, "--resolve", "-tt", "-r", file, "--number=false", "--sandbox",
			"require", expr)
		if (refused == nil) != (err == nil) {
			t.Errorf("%s: %v, tcpdump: %v", expr, err, refused)
			continue
		}
		list := func(text string) string {
			return strings.Join(linesOf(text, `(?m)^(\d+)\.0{6} `),
				" ")
		}
		if list(got) != list(want) || refused == nil && list(want) == "" {
			t.Errorf("%s: frames %s, tcpdump has %s", expr, list(got), list(want))
		}
		if got, err := in(portsniff, "-r", file, expr); err == nil {
			t.Errorf("%s without --resolve: %s", expr, strconv.Quote(got))
		}
	}
}
