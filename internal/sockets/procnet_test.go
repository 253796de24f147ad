package sockets

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

func end(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// TestReadProcNet parses lines written by hand, in the format of proc_net_tcp(5).
func TestReadProcNet(t *testing.T) {
	const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0
   1: 0A0200C0:C001 0763 33C6 01 nonsense
   2: 0A0200C0:C001 076433C6:01BB 06 00000000:00000000 03:00000A2B 00000000     0        0 0 3 0000000000000000
   3: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 9 1
   4: 0000000000000000FFFF00000A0200C0:0050 0000000000000000FFFF0000076433C6:C002 01 00000000:00000000 00:00000000 00000000    33        0 5 1
   5: 0100007F:0000 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 6 1
   6: 0100007F:0050 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7 1
   7: 0100007F:0050 00000000:0000 63 00000000:00000000 00:00000000 00000000     0        0 8 1
`
	want := []Socket{
		{Proto: decode.ProtoTCP, Local: end("127.0.0.1:8080"), Remote: end("0.0.0.0:0"),
			State: Listen, UID: 1000, Inode: 4242},
		{Proto: decode.ProtoTCP, Local: end("192.0.2.10:49153"), Remote: end("198.51.100.7:443"),
			State: "time-wait"},
		{Proto: decode.ProtoTCP, Local: end("[::1]:53"), Remote: end("[::]:0"), State: Listen,
			UID: 7, Inode: 9},
		{Proto: decode.ProtoTCP, Local: end("192.0.2.10:80"), Remote: end("198.51.100.7:49154"),
			State: Established, UID: 33, Inode: 5},
	}
	got, err := readProcNet(strings.NewReader(text), decode.ProtoTCP, true)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	udp, err := readProcNet(strings.NewReader(text), decode.ProtoUDP, true)
	if err != nil || len(udp) != 5 || udp[4].State != Unconnected || udp[4].Inode != 7 {
		t.Errorf("an unconnected UDP socket at port 80: %v, %+v", err, udp)
	}
	if big, ok := parseHexEnd("7F000001:1F90", false); !ok || big != end("127.0.0.1:8080") {
		t.Errorf("the other byte order: %v", big)
	}
}

func TestReadAddresses(t *testing.T) {
	addrs := map[netip.Addr]bool{}
	const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.10
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
`
	if err := readTrie(strings.NewReader(trie), addrs); err != nil {
		t.Fatal(err)
	}
	const six = "20010db8000000000000000000000001 02 40 00 80     eth0\nnonsense 01\n"
	if err := readIfInet6(strings.NewReader(six), addrs); err != nil {
		t.Fatal(err)
	}
	want := map[netip.Addr]bool{netip.MustParseAddr("192.0.2.10"): true,
		netip.MustParseAddr("2001:db8::1"): true}
	if !reflect.DeepEqual(addrs, want) {
		t.Errorf("%v", addrs)
	}
}

func FuzzReadProcNet(f *testing.F) {
	f.Add("x\n 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 " +
		"4242 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		// a line that is too long only returns an error
		found, _ := readProcNet(strings.NewReader(text), decode.ProtoTCP, true)
		for _, k := range found {
			if k.Local.Port() == 0 || k.State == "" || !k.Local.Addr().IsValid() {
				t.Errorf("%+v", k)
			}
		}
	})
}
