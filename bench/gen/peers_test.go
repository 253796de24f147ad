package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestPeersMix reads the mix "peers" and checks that no packet is damaged and that flows are found
// in tunnels and fragments.
func TestPeersMix(t *testing.T) {
	o := options{packets: 40_000, flows: 4000, seed: 1, mix: "peers", format: "pcap"}
	data := written(t, o)
	if sha256.Sum256(data) != sha256.Sum256(written(t, o)) {
		t.Error("the same flags give other bytes")
	}
	table := counted(t, data)
	if table.Total.Packets != 40_000 || table.Len() < 4000 {
		t.Errorf("%d packets, %d flows", table.Total.Packets, table.Len())
	}
}

// TestPeersByTshark counts the parts of the mix "peers" with tshark.
func TestPeersByTshark(t *testing.T) {
	tshark := corpustest.Tool(t, "tshark")
	name := filepath.Join(t.TempDir(), "peers.pcap")
	o := options{packets: 40_000, flows: 4000, seed: 1, mix: "peers", format: "pcap"}
	if err := os.WriteFile(name, written(t, o), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tshark, "-n", "-r", name, "-o", "ip.defragment:FALSE", "-T", "fields",
		"-e", "frame.protocols", "-e", "ip.flags.mf", "-e", "ip.frag_offset",
		"-e", "ipv6.fraghdr.nxt", "-e", "tcp.port", "-e", "udp.port").Output()
	if err != nil {
		t.Fatal(err)
	}
	got, ports := map[string]int{}, map[int]bool{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for what, is := range map[string]bool{
			"packets":  true,
			"damaged":  strings.Contains(f[0], "malformed"),
			"IPv6":     strings.Contains(f[0], ":ipv6"),
			"VLANs":    strings.Contains(f[0], ":vlan:"),
			"two tags": strings.Contains(f[0], ":ieee8021ad:"),
			"VXLAN":    strings.Contains(f[0], ":vxlan:"),
			"GRE":      strings.Contains(f[0], ":gre:"),
			"IP in IP": strings.Contains(f[0], ":ip:ip:") || strings.Contains(f[0], ":ip:ipv6"),
			"TCP":      strings.Contains(f[0], ":tcp"),
			"fragments": strings.Contains(f[1], "True") || strings.Contains(f[1], "1") ||
				strings.Trim(f[2], "0,") != "" || f[3] != "",
		} {
			if is {
				got[what]++
			}
		}
		for p := range strings.SplitSeq(f[4]+","+f[5], ",") {
			if n, err := strconv.Atoi(p); err == nil && n != 4789 {
				ports[n] = true
			}
		}
	}
	if got["packets"] != 40_000 || got["damaged"] > 0 {
		t.Fatalf("%d packets, %d of them damaged", got["packets"], got["damaged"])
	}
	for what, percent := range map[string]float64{"IPv6": 30, "VLANs": 24, "two tags": 5,
		"VXLAN": 1.67, "GRE": 1.67, "IP in IP": 1.67, "TCP": 59, "fragments": 4} {
		share := float64(got[what]) / 400
		if share < percent*0.8 || share > percent*1.2 {
			t.Errorf("%s: %.2f %% of the packets, want about %v %%", what, share, percent)
		}
	}
	for n := range ports {
		if n < 32768 || n > 60999 {
			t.Errorf("port %d is not ephemeral", n)
		}
	}
	if len(ports) < 5000 {
		t.Errorf("%d ports", len(ports))
	}
}
