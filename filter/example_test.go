package filter_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// A UDP datagram to port 53 in an IPv4 packet in an Ethernet frame.
func ExampleProgram_Match() {
	frame := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" +
		"\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
		"\xc3\x50\x00\x35\x00\x08\x00\x00")
	for _, expr := range []string{"udp port 53", "port 80 or 53", "tcp",
		"host 10.0.0.2 and udp[2:2] < 1024", "len > 1000"} {
		p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(expr, p.Match(frame, len(frame)))
	}
	// Output:
	// udp port 53 true
	// port 80 or 53 true
	// tcp false
	// host 10.0.0.2 and udp[2:2] < 1024 true
	// len > 1000 false
}

func ExampleError_Point() {
	_, err := filter.Compile("tcp and prot 80", filter.Options{Link: linktype.Ethernet})
	var e *filter.Error
	if errors.As(err, &e) {
		fmt.Println(e)
		fmt.Println(e.Point())
	}
	// Output:
	// "prot": not a word of the filter language; did you mean port?
	// tcp and prot 80
	//         ^~~~
}

func ExampleProgram_Dump() {
	p, err := filter.Compile("ip6", filter.Options{Link: linktype.Ethernet})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := p.Dump(os.Stdout, filter.Decimal); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 4
	// 40 0 0 12
	// 21 0 1 34525
	// 6 0 0 262144
	// 6 0 0 0
}
