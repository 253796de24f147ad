package hexdump_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/hexdump"
)

// moreFormats are dumps with text before offsets and around the rows.
var moreFormats = []format{
	{name: "a prompt before bare offsets", least: 2,
		write: prefixed("R1# ", wiresharkRow)},
	{name: "dmesg -T", least: 2,
		write: prefixed("[Tue Nov 14 22:13:20 2023] ", wiresharkRow)},
	{name: "a kernel's device", least: 2,
		write: prefixed("[  123.456789] eth0: ", wiresharkRow)},
	{name: "log of Go", least: 2,
		write: prefixed("2023/11/14 22:13:20 ", wiresharkRow)},
	{name: "log4j", least: 2,
		write: prefixed("2023-11-14 22:13:20,123 DEBUG [main] ", wiresharkRow)},
	{name: "kubectl logs", least: 2,
		write: prefixed("[pod/sniffer-1/app] ", wiresharkRow)},
	{name: "Netty", write: func(d []byte) string {
		const border = "+--------+-------------------------------------------------+---------+\n"
		return "         +-------------------------------------------------+\n" +
			"         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n" + border +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("|%08x| %-47s |%-16s|", at, spaced(r, 1), ascii(r))
			}) + border
	}},
	{name: "DPDK", write: func(d []byte) string {
		return fmt.Sprintf("  Dump data at [0x17e0d1e40], len=%d\n", len(d)) +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("%08X: %-47s | %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
			})
	}},
	{name: "offsets with 0x and two digits", least: 17, write: func(d []byte) string {
		return rowsOf(d, 16, func(at int, r []byte) string {
			return fmt.Sprintf("0x%02x  %s", at, spaced(r, 1))
		})
	}},
	{name: "tshark -V -x with fields of bits", write: func(d []byte) string {
		return "    000. .... = Flags: 0x0\n    ...0 0000 0000 0000 = Fragment Offset: 0\n" +
			"    0001 1000 1001 0110 0000 .... .... .... = MPLS Label: 100704 (0x18960)\n" +
			"    IA_NA\n        T1: 3600\n        T2: 5400\n\n" + rowsOf(d, 16, wiresharkRow)
	}},
	{name: "tcpdump -e -X on a loopback interface", write: func(d []byte) string {
		return "22:13:20.000000 AF IPv4 (2), length 68: 127.0.0.1.53 > 127.0.0.1.40000: UDP\n" +
			rowsOf(d, 16, tcpdumpRow)
	}},
	{name: "tcpdump -vv -x with the bytes of fields", least: 17, loose: true,
		write: func(d []byte) string {
			return "22:13:20.000000 MPLS (label 100704, tc 7, [S], ttl 255)\n" +
				"\t  Target FEC Stack TLV (1), length: 24\n\t      0x0000:  0c01 0101 0000 5372\n" +
				"\t    0x0000:  0003 0014 0c01 0101 0000 5372 0c04 0404\n" +
				"\t    0x0010:  0c04 0404 0000 0010\n" + rowsOf(d, 16, tcpdumpRow)
		}},
}

// TestKernelWords checks that Linux's words without characters are rejected. They are in the
// machine's byte order, which the text does not show.
func TestKernelWords(t *testing.T) {
	for _, prefix := range []string{"[   12.345678] ffff888003a4", "<7>[    1.000000] skb: 0000"} {
		text := rowsOf(syn, 16, func(at int, r []byte) string {
			return fmt.Sprintf("%s%04x: %s", prefix, at, spaced(r, 4))
		})
		if blocks, err := hexdump.Parse(text); !errors.Is(err, hexdump.ErrOrder) {
			t.Errorf("%s: %x, %v", prefix, blocks, err)
		}
	}
}
