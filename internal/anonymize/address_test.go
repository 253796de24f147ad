package anonymize_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/anonymize"
)

// sampleKey is the key of the sample in the original Crypto-PAn distribution.
var sampleKey = [anonymize.KeySize]byte{21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144,
	125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2}

// TestPublishedAddresses checks addresses of that sample (IPv4) and of tests of other programs
// (IPv6).
func TestPublishedAddresses(t *testing.T) {
	a := anonymize.New(sampleKey)
	for from, to := range map[string]string{
		"128.11.68.132":   "135.242.180.132",
		"129.118.74.4":    "134.136.186.123",
		"130.132.252.244": "133.68.164.234",
		"141.223.7.43":    "141.167.8.160",
		"24.0.250.221":    "100.15.198.226",
		"64.14.118.196":   "0.255.183.58",
		"10.185.25.118":   "117.161.29.118",
		"::1":             "78ff:f001:9fc0:20df:8380:b1f1:704:ed",
		"::ffff":          "78ff:f001:9fc0:20df:8380:b1f1:704:f838",
		"2001:db8::1":     "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e",
		"224.0.0.251":     "224.0.0.251",
		"255.255.255.255": "255.255.255.255",
		"0.0.0.0":         "0.0.0.0",
		"ff02::fb":        "ff02::fb",
		"::":              "::",
	} {
		if got := a.Addr(netip.MustParseAddr(from)); got != netip.MustParseAddr(to) {
			t.Errorf("%s: %s, want %s", from, got, to)
		}
	}
}

// TestPrefixesStay checks that two addresses share the same number of prefix bits before and after.
// Different addresses stay different, and none becomes a multicast address. Only prefixes below
// four bits may differ, because multicast addresses are replaced again.
func TestPrefixesStay(t *testing.T) {
	a := anonymize.New([anonymize.KeySize]byte{7: 1})
	random := rand.New(rand.NewPCG(1, 2))
	const least = 4
	for range 2000 {
		var x, y [4]byte
		for i := range x {
			x[i], y[i] = byte(random.Uint32()), byte(random.Uint32())
		}
		same := random.IntN(33)
		for bit := range same {
			y[bit/8] = y[bit/8]&^(0x80>>(bit%8)) | x[bit/8]&(0x80>>(bit%8))
		}
		from, to := netip.AddrFrom4(x), netip.AddrFrom4(y)
		if from.IsMulticast() || to.IsMulticast() {
			continue
		}
		p, q := a.Addr(from), a.Addr(to)
		if n := shared(from, to); n >= least && n != shared(p, q) {
			t.Errorf("%s and %s share %d bits, %s and %s share %d", from, to, n, p, q, shared(p, q))
		}
		if p.IsMulticast() || (p == q) != (from == to) {
			t.Errorf("%s, %s: %s, %s", from, to, p, q)
		}
	}
}

// shared returns the number of common prefix bits of two IPv4 addresses.
func shared(x, y netip.Addr) (n int) {
	for ; n < 32; n++ {
		p, _ := x.Prefix(n + 1)
		if !p.Contains(y) {
			break
		}
	}
	return n
}

func TestHardwareAddresses(t *testing.T) {
	a := anonymize.New(sampleKey)
	host := [6]byte{0x00, 0x1b, 0x21, 0x3c, 0x4d, 0x5e}
	got := a.MAC(host)
	if got == host || got[0]&3 != 2 || got != anonymize.New(sampleKey).MAC(host) ||
		got == anonymize.New([anonymize.KeySize]byte{1}).MAC(host) {
		t.Errorf("%x becomes %x", host, got)
	}
	for _, mac := range [][6]byte{{}, {255, 255, 255, 255, 255, 255}, {1, 0, 0x5e, 0, 0, 0xfb},
		{0x33, 0x33, 0, 0, 0, 1}} {
		if got := a.MAC(mac); got != mac {
			t.Errorf("%x becomes %x", mac, got)
		}
	}
	// A solicited-node multicast address contains three bytes of a host address, in IPv6 and in
	// Ethernet.
	group := netip.MustParseAddr("ff02::1:ff3c:4d5e").As16()
	addr := a.Addr(netip.AddrFrom16(group)).As16()
	mac := a.MAC([6]byte{0x33, 0x33, 0xff, 0x3c, 0x4d, 0x5e})
	if [13]byte(addr[:]) != [13]byte(group[:]) || [3]byte(addr[13:]) == [3]byte(group[13:]) ||
		[4]byte(addr[12:]) != [4]byte(mac[2:]) {
		t.Errorf("%x and %x", addr, mac)
	}
}

func TestReadKey(t *testing.T) {
	good := "15" + strings.Repeat("0a", anonymize.KeySize-1)
	if key, err := anonymize.ReadKey(strings.NewReader(good + "\n")); err != nil || key[0] != 0x15 {
		t.Error(key, err)
	}
	for _, bad := range []string{"", "secret", good[2:], good + "00",
		strings.Repeat("0", 2*anonymize.KeySize)} {
		if _, err := anonymize.ReadKey(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is accepted as a key", bad)
		}
	}
	_, err := anonymize.ReadKey(strings.NewReader("secret"))
	if err == nil || !strings.Contains(err.Error(), "64 hexadecimal digits") ||
		!strings.Contains(err.Error(), "openssl rand -hex 32") {
		t.Errorf("%v", err)
	}
}

// TestPrefixInMulticastAddress checks that the prefix of a network in a multicast address becomes
// the same prefix as in the addresses of its hosts. The example is from RFC 3306 section 5.
func TestPrefixInMulticastAddress(t *testing.T) {
	a := anonymize.New(sampleKey)
	host := a.Addr(netip.MustParseAddr("3ffe:ffff:1::")).As16()
	group := netip.MustParseAddr("ff32:0030:3ffe:ffff:0001::1234").As16()
	got := a.Addr(netip.AddrFrom16(group)).As16()
	if [4]byte(got[:]) != [4]byte(group[:]) || [4]byte(got[12:]) != [4]byte(group[12:]) ||
		[8]byte(got[4:]) != [8]byte(host[:]) || [8]byte(got[4:]) == [8]byte(group[4:]) {
		t.Errorf("%x becomes %x, a host %x", group, got, host)
	}
	for _, same := range []string{"ff3e::8000:1", "ff02::fb", "ff0e::1"} { // without a prefix
		if got := a.Addr(netip.MustParseAddr(same)); got.String() != same {
			t.Errorf("%s becomes %s", same, got)
		}
	}
}
